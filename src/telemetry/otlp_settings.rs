//! Where traces go, as the variables of OpenTelemetry say it, whose names are the same for every
//! program.

/// A collector that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Collector {
    /// As in `http://localhost:4317`.
    pub endpoint: String,
    /// The place of it that may be logged: neither a path nor what stands before an `@`.
    pub shown: String,
}

/// What the variables say together with the setting, which wins.
///
/// # Errors
///
/// Why nothing can be exported, though a collector was named.
pub(super) fn collector(
    setting: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Collector>, String> {
    let said = |names: &[&str]| {
        names.iter().find_map(|name| variable(name).filter(|text| !text.trim().is_empty()))
    };
    let is_true = |text: String| text.trim().eq_ignore_ascii_case("true");
    let named = setting
        .map(str::to_owned)
        .or_else(|| said(&["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]));
    let Some(named) = named else { return Ok(None) };
    let is_off = said(&["OTEL_SDK_DISABLED"]).is_some_and(is_true)
        || said(&["OTEL_TRACES_EXPORTER"]).is_some_and(|text| text.trim() == "none");
    if is_off {
        return Ok(None);
    }
    let protocol = said(&["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]);
    if let Some(protocol) = protocol.filter(|text| text.trim() != "grpc") {
        return Err(format!("it is spoken to by grpc, and not by {:?}", short(&protocol)));
    }
    let named = named.trim();
    let endpoint = if named.contains("://") {
        named.to_owned()
    } else {
        let is_plain = said(&["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"]);
        let scheme = if is_plain.is_some_and(is_true) { "http" } else { "https" };
        format!("{scheme}://{named}")
    };
    let read = url::Url::parse(&endpoint).ok();
    let host = read.as_ref().and_then(|url| Some((url.scheme(), url.host_str()?, url.port())));
    match host {
        Some((scheme @ ("http" | "https"), host, port)) => {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let shown = format!("{scheme}://{host}{port}");
            Ok(Some(Collector { endpoint, shown }))
        }
        _ => Err("its address is none such as http://localhost:4317".to_owned()),
    }
}

/// A word that may be any, cut.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(setting: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        collector(setting, variable).map(|it| it.map(|it| it.endpoint))
    }

    #[test]
    fn the_setting_wins_over_the_variable_of_traces_and_that_over_the_general_one() {
        let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:4317");
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4317");
        let is = |found: &str| Ok(Some(found.to_owned()));
        assert_eq!(of(None, &[]), Ok(None));
        assert_eq!(of(None, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "  ")]), Ok(None));
        assert_eq!(of(None, &[general]), is(general.1));
        assert_eq!(of(None, &[general, traces]), is(traces.1));
        assert_eq!(of(Some("http://own:1"), &[general, traces]), is("http://own:1"));
    }

    #[test]
    fn a_host_alone_is_spoken_to_by_tls_unless_that_is_waived() {
        let host = ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317");
        assert_eq!(of(None, &[host]), Ok(Some("https://collector:4317".to_owned())));
        let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "TRUE");
        assert_eq!(of(None, &[host, insecure]), Ok(Some("http://collector:4317".to_owned())));
    }

    #[test]
    fn what_is_switched_off_is_off_and_what_cannot_be_is_told() {
        let named = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
        for off in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert_eq!(of(None, &[named, off]), Ok(None), "{off:?}");
        }
        let http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        assert!(of(None, &[named, http]).unwrap_err().contains("\"http/protobuf\""));
        assert_eq!(of(None, &[http]), Ok(None), "nothing is wanted");
        for odd in ["ftp://collector", "http://", "https://[::1"] {
            assert!(of(Some(odd), &[]).is_err(), "{odd}");
        }
    }

    #[test]
    fn what_is_logged_of_an_address_is_its_host() {
        let found = collector(Some("https://user:secret@host:4317/key?token=secret"), |_| None);
        assert_eq!(found.unwrap().unwrap().shown, "https://host:4317");
    }
}
