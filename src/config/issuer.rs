//! Whose signed tokens count is said whole or not at all.

use super::Config;

/// Which setting says it by half, and what is missing.
pub(super) fn issuer_fault(config: &Config) -> Option<(&'static str, String)> {
    let said = [
        ("oidc_issuer", config.oidc_issuer.is_some()),
        ("oidc_audience", config.oidc_audience.is_some()),
        ("oidc_jwks", config.oidc_jwks.is_some()),
        ("oidc_role", !config.oidc_roles.is_empty()),
    ];
    let name = said.iter().find(|(_, is_said)| *is_said)?.0;
    let missing = said.iter().filter(|(_, is_said)| !is_said);
    let missing: Vec<_> = missing.map(|(it, _)| format!("--{}", it.replace('_', "-"))).collect();
    if !missing.is_empty() {
        return Some((name, format!("needs the others as well: {}", missing.join(", "))));
    }
    (!config.asks_callers())
        .then(|| (name, "means nothing where nobody is asked for a token: --access on".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::Access;
    use super::*;

    #[test]
    fn an_issuer_is_said_whole_and_where_somebody_is_asked() {
        let mut config = Config::new("/data".into());
        assert_eq!(issuer_fault(&config), None);
        config.oidc_audience = Some("tradeforge".to_owned());
        let (name, told) = issuer_fault(&config).unwrap();
        assert_eq!(name, "oidc_audience");
        assert_eq!(told, "needs the others as well: --oidc-issuer, --oidc-jwks, --oidc-role");
        config.oidc_issuer = Some("https://id.example.com".to_owned());
        config.oidc_jwks = Some("/jwks.json".into());
        config.oidc_roles = vec!["quants=submitter".to_owned()];
        let (name, told) = issuer_fault(&config).unwrap();
        assert!(name == "oidc_issuer" && told.ends_with("--access on"), "{told}");
        config.access = Access::On;
        assert_eq!(issuer_fault(&config), None);
    }
}
