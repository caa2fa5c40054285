# Sourced by the scripts that run other libraries: these live in a venv of their own, made once.

# with_packages NAME VENV REQUIREMENTS IMPORTS: where pip cannot install them the script NAME says
# so and ends well.
with_packages() {
    "$2/bin/python" -c "import $4" 2>/dev/null && return
    mkdir -p "$(dirname "$2")"
    log="$2-pip.log"
    if ! { python3 -m venv "$2" && "$2/bin/pip" install --quiet --requirement "$3"; } >"$log" 2>&1
    then
        echo "$1: left out, pip cannot install $4 (see $log)"
        exit 0
    fi
}
