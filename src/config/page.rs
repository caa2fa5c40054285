//! The page of documentation, made from the list of settings.

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::fs;
    use std::path::Path;

    use super::super::Config;
    use super::super::setting::SETTINGS;

    const HEAD: &str = concat!(
        "# Configuration\n",
        "\n",
        "<!-- Made from src/config/setting.rs by a test; `make docs` writes it anew. -->\n",
        "\n",
        "Each setting of `tradeforge serve` can be given as a flag, as a variable of the\n",
        "environment, or in the table `[serve]` of a TOML file. A flag wins over a variable,\n",
        "that over the file, and that over the default. The file is named by `--config` or\n",
        "`TRADEFORGE_CONFIG`; else it is `$XDG_CONFIG_HOME/tradeforge/config.toml` or\n",
        "`~/.config/tradeforge/config.toml`, if there is one. A key that is no setting is\n",
        "refused, with the nearest that is one.\n",
        "\n",
        "`tradeforge serve --print-config` prints what would hold, and who said so, and ends.\n",
        "Numbers of bytes may be given in KiB, MiB or GiB.\n",
        "\n",
        "| In the file | Flag | Variable | Default | Meaning |\n",
        "| --- | --- | --- | --- | --- |\n",
    );

    fn page() -> String {
        let defaults = Config::new(std::path::PathBuf::new());
        let mut page = HEAD.to_owned();
        for setting in SETTINGS {
            let default = match (setting.show)(&defaults) {
                Some(value) if setting.unset.is_empty() => format!("`{value}`"),
                _ => setting.unset.to_owned(),
            };
            let value = if setting.value_name.is_empty() {
                ""
            } else {
                &format!(" {}", setting.value_name)
            };
            let (name, flag, variable) = (setting.name, setting.flag(), setting.variable());
            let help = setting.help;
            _ = writeln!(
                page,
                "| `{name}` | `--{flag}{value}` | `{variable}` | {default} | {help} |"
            );
        }
        page
    }

    #[test]
    fn the_page_of_settings_is_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
        if std::env::var_os("TRADEFORGE_RENEW_DOCS").is_some() {
            fs::write(&path, page()).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page(), "docs/configuration.md is stale: `make docs` writes it anew");
    }
}
