//! What stands in a signed token: whose the caller's runs are, and what the caller may do.

use serde_json::{Map, Value};

use super::JwtError;
use crate::run::{Role, is_owner_name};

/// What everybody has whom the issuer lets in.
const ANYBODY: &str = "*";
/// The year 10000; no clock goes further.
const SECONDS_MAX: f64 = 253_402_300_800.0;

/// Which value of a claim means which role, as in `trading-admins=admin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleOf {
    value: String,
    role: Role,
}

/// Why such a text is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "oidc_role: {0:?} must be a value of the claim and viewer, submitter or admin, as in \
     quants=submitter, or *=viewer for everybody"
)]
pub struct RoleOfError(String);

impl RoleOf {
    /// Out of a setting.
    ///
    /// # Errors
    ///
    /// If it is no value with a role.
    pub fn read(text: &str) -> Result<Self, RoleOfError> {
        let wrong = || RoleOfError(text.to_owned());
        // A value may have the sign itself, as those of directories do.
        let (value, role) = text.rsplit_once('=').ok_or_else(wrong)?;
        let (value, role) = (value.trim(), role.trim());
        let role = Role::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(role));
        let role = role.filter(|_| !value.is_empty()).ok_or_else(wrong)?;
        if value == ANYBODY && role == Role::Admin {
            return Err(wrong());
        }
        Ok(Self { value: value.to_owned(), role })
    }
}

/// Whose runs the caller's are.
pub(super) fn owner(claims: &Map<String, Value>, claim: &str) -> Result<String, JwtError> {
    let name = found(claims, claim).and_then(Value::as_str);
    let name = name.filter(|name| is_owner_name(name));
    name.map(str::to_owned).ok_or_else(|| JwtError::Owner(claim.to_owned()))
}

/// The most of the roles that the caller has.
pub(super) fn role(
    claims: &Map<String, Value>,
    claim: &str,
    roles: &[RoleOf],
) -> Result<Role, JwtError> {
    let has: Vec<&str> = match found(claims, claim) {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        // As `scope` has them; a value with a space in it is one as well.
        Some(Value::String(text)) => text.split(' ').chain([text.as_str()]).collect(),
        _ => Vec::new(),
    };
    let means = |it: &&RoleOf| it.value == ANYBODY || has.contains(&it.value.as_str());
    let most = roles.iter().filter(means).map(|it| it.role).max();
    most.ok_or_else(|| JwtError::Role(claim.to_owned()))
}

/// By its name; else by the way to it, as in `realm_access.roles`.
fn found<'a>(claims: &'a Map<String, Value>, claim: &str) -> Option<&'a Value> {
    claims.get(claim).or_else(|| {
        let (first, rest) = claim.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, name| value.get(name))
    })
}

/// Seconds since 1970, of which there may be parts.
pub(super) fn moment_ms(value: &Value, claim: &str) -> Result<i64, JwtError> {
    let seconds = value.as_f64().filter(|it| (0.0..SECONDS_MAX).contains(it));
    let seconds = seconds.ok_or_else(|| JwtError::Claim(claim.to_owned()))?;
    Ok((seconds * 1_000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn role_by(claims: &Value, claim: &str, rules: &[&str]) -> Result<Role, JwtError> {
        let rules: Vec<_> = rules.iter().map(|it| RoleOf::read(it).unwrap()).collect();
        role(claims.as_object().unwrap(), claim, &rules)
    }

    #[test]
    fn the_most_of_the_roles_counts_wherever_an_issuer_writes_them() {
        let rules = ["desk=viewer", "quants=Submitter", "cn=ops,dc=example=ADMIN"];
        let is = |claims: Value, claim: &str| role_by(&claims, claim, &rules);
        assert_eq!(is(json!({"groups": ["desk", "quants", 7]}), "groups"), Ok(Role::Submitter));
        assert_eq!(is(json!({"groups": ["cn=ops,dc=example"]}), "groups"), Ok(Role::Admin));
        let nested = json!({"realm_access": {"roles": ["desk"]}});
        assert_eq!(is(nested, "realm_access.roles"), Ok(Role::Viewer));
        let named = json!({"https://example.com/roles": "quants"});
        assert_eq!(is(named, "https://example.com/roles"), Ok(Role::Submitter));
        assert_eq!(is(json!({"scope": "openid desk"}), "scope"), Ok(Role::Viewer));
        assert_eq!(
            role_by(&json!({"g": "two words"}), "g", &["two words=viewer"]),
            Ok(Role::Viewer)
        );
    }

    #[test]
    fn who_has_none_of_the_values_has_no_role_unless_everybody_has_one() {
        let none = Err(JwtError::Role("groups".to_owned()));
        for claims in [
            json!({}),
            json!({"groups": ["Desk", "desks"]}),
            json!({"groups": {"desk": true}}),
            json!({"groups": 1}),
            json!({"groups": "desk,quants"}),
        ] {
            assert_eq!(role_by(&claims, "groups", &["desk=viewer", "quants=submitter"]), none);
        }
        let rules = ["*=viewer", "quants=submitter"];
        assert_eq!(role_by(&json!({}), "groups", &rules), Ok(Role::Viewer));
        assert_eq!(role_by(&json!({"groups": ["quants"]}), "groups", &rules), Ok(Role::Submitter));
        // Nobody becomes one by calling himself everybody.
        assert_eq!(role_by(&json!({"groups": ["*"]}), "groups", &["quants=submitter"]), none);
    }

    #[test]
    fn what_is_no_value_with_a_role_is_told_with_what_is_one() {
        for wrong in ["", "admin", "=admin", "ops=root", "ops=", "*=admin", "ops = "] {
            let told = RoleOf::read(wrong).unwrap_err().to_string();
            assert!(told.contains("quants=submitter") && told.contains(wrong), "{told}");
        }
    }
}
