//! Tokens as an issuer signs them, and the table of those that let nobody in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::json;

use super::*;
use crate::run::Role;

const NOW_S: i64 = 1_700_000_000;
const NOW_MS: i64 = NOW_S * 1_000;

/// Who signs, by one key.
pub(in crate::access) struct Signer {
    name: &'static str,
    pair: Ed25519KeyPair,
}

impl Signer {
    pub(in crate::access) fn new(name: &'static str) -> Self {
        let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { name, pair: Ed25519KeyPair::from_pkcs8(secret.as_ref()).unwrap() }
    }

    fn public(&self) -> Value {
        let x = BASE64.encode(self.pair.public_key());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": self.name, "use": "sig", "x": x})
    }

    fn header(&self) -> Value {
        json!({"typ": "JWT", "alg": "EdDSA", "kid": self.name})
    }

    pub(in crate::access) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let signed = head_and_body(header, claims);
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature))
    }
}

fn head_and_body(header: &Value, claims: &Value) -> String {
    format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()))
}

pub(in crate::access) fn keys_of(signers: &[&Signer]) -> Keys {
    let keys: Vec<_> = signers.iter().map(|it| it.public()).collect();
    Keys::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

pub(in crate::access) fn issuer_of(signers: &[&Signer]) -> Issuer {
    let rules = IssuerRules {
        issuer: "https://id.example.com".to_owned(),
        audience: "tradeforge".to_owned(),
        owner_claim: "sub".to_owned(),
        role_claim: "groups".to_owned(),
        roles: vec![RoleOf::read("quants=submitter").unwrap()],
    };
    Issuer::new(rules, keys_of(signers))
}

/// Those of ann, for ten minutes from that second on.
pub(in crate::access) fn claims_from(now_s: i64) -> Value {
    json!({
        "iss": "https://id.example.com", "aud": ["other", "tradeforge"], "sub": "ann",
        "groups": ["quants"], "iat": now_s, "nbf": now_s, "exp": now_s + 600,
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = claims_from(NOW_S);
    change(&mut claims);
    claims
}

#[test]
fn a_token_of_the_issuer_lets_in_whom_it_names_until_it_expires() {
    let signer = Signer::new("one");
    let issuer = issuer_of(&[&signer]);
    let token = signer.sign(&claims_from(NOW_S));
    let signed = issuer.admit(&token, NOW_MS).unwrap();
    let Caller { owner, role, token_id, expire_ms } = signed.caller.clone();
    assert_eq!((owner.as_str(), role), ("ann", Role::Submitter));
    assert_eq!(expire_ms, Some(NOW_MS + 600_000));
    assert!(token_id.starts_with("jwt_") && token_id.len() == 20, "{token_id}");
    // Clocks differ; by more than a minute they do not.
    let (early, late) = (NOW_MS - LEEWAY_MS, NOW_MS + 600_000 + LEEWAY_MS);
    assert!(issuer.admit(&token, early).is_ok() && issuer.admit(&token, late - 1).is_ok());
    assert_eq!(issuer.admit(&token, early - 1).err(), Some(JwtError::Early));
    assert_eq!(issuer.admit(&token, late).err(), Some(JwtError::Expired));
    // What was opened in time ends with it.
    assert!(matches!(signed.admitted(late), Err(TokenError::Signed(JwtError::Expired))));
}

type Bad = (&'static str, String, JwtError);

/// As somebody would try, by what is signed.
fn forged(signer: &Signer, other: &Signer) -> Vec<Bad> {
    let (header, claims) = (signer.header(), claims_from(NOW_S));
    let good = signer.sign(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let unsigned = |alg: &str| {
        let header = json!({"typ": "JWT", "alg": alg, "kid": "one"});
        format!("{}.", head_and_body(&header, &claims))
    };
    let head = |change: Value| {
        let mut header = header.clone();
        header.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        signer.sign_as(&header, &claims)
    };
    let mut hs256 = head_and_body(&json!({"alg": "HS256", "kid": "one"}), &claims);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, signer.pair.public_key().as_ref());
    let tag = BASE64.encode(ring::hmac::sign(&key, hs256.as_bytes()));
    hs256 = format!("{hs256}.{tag}");
    let changed = head_and_body(&header, &with(|it| it["sub"] = json!("eve")));
    let embedded = json!({"alg": "EdDSA", "kid": "two", "jwk": other.public()});
    let no_kid = json!({"typ": "JWT", "alg": "EdDSA"});
    vec![
        ("unsigned", unsigned("none"), JwtError::Header),
        ("unsigned, in other letters", unsigned("nOnE"), JwtError::Header),
        ("the public key as a secret", hs256, JwtError::Algorithm),
        ("signature left away", format!("{signed}."), JwtError::Signature),
        ("claims changed", format!("{changed}.{signature}"), JwtError::Signature),
        ("another's key under a known name", other.sign_as(&header, &claims), JwtError::Signature),
        ("an unknown key", other.sign(&claims), JwtError::Key),
        ("its own key along", other.sign_as(&embedded, &claims), JwtError::Key),
        ("no name of a key", signer.sign_as(&no_kid, &claims), JwtError::Header),
        ("another algorithm", head(json!({"alg": "ES256"})), JwtError::Algorithm),
        ("one that is not taken", head(json!({"alg": "RS512"})), JwtError::Algorithm),
        ("what must be understood", head(json!({"crit": ["exp2"], "exp2": 1})), JwtError::Header),
        ("a body that is not encoded", head(json!({"b64": false})), JwtError::Header),
        ("of a sign-out", head(json!({"typ": "logout+jwt"})), JwtError::Type),
        ("no header", format!("x.{}.{signature}", BASE64.encode("{}")), JwtError::Header),
        ("too long", format!("{good}{}", "A".repeat(TOKEN_BYTES_MAX)), JwtError::Long),
    ]
}

/// As the issuer signed them, for something else.
fn foreign(signer: &Signer) -> Vec<Bad> {
    let claim = |name: &str| JwtError::Claim(name.to_owned());
    let of = |change: fn(&mut Value)| signer.sign(&with(change));
    let without =
        |name: &str| signer.sign(&with(|it| _ = it.as_object_mut().expect("claims").remove(name)));
    let (owner, role) = (JwtError::Owner("sub".into()), JwtError::Role("groups".into()));
    vec![
        ("no issuer", without("iss"), claim("iss")),
        ("another issuer", of(|it| it["iss"] = json!("https://id.example.com/")), JwtError::Issuer),
        (
            "one issuer of several",
            of(|it| it["iss"] = json!(["https://id.example.com", "x"])),
            JwtError::Issuer,
        ),
        ("nobody it is for", without("aud"), claim("aud")),
        ("for others", of(|it| it["aud"] = json!(["other"])), JwtError::Audience),
        ("no end", without("exp"), claim("exp")),
        ("an end as text", of(|it| it["exp"] = json!("1800000000")), claim("exp")),
        ("an end below all time", of(|it| it["exp"] = json!(-1)), claim("exp")),
        ("an end above all time", of(|it| it["exp"] = json!(1e18)), claim("exp")),
        ("ended", of(|it| it["exp"] = json!(NOW_S - 61)), JwtError::Expired),
        ("not begun", of(|it| it["nbf"] = json!(NOW_S + 61)), JwtError::Early),
        ("a begin as text", of(|it| it["nbf"] = json!("now")), claim("nbf")),
        ("nobody", without("sub"), owner.clone()),
        ("nobody by a number", of(|it| it["sub"] = json!(7)), owner.clone()),
        ("a name that is none", of(|it| it["sub"] = json!("ann\nadmin")), owner),
        ("no role", without("groups"), role.clone()),
        ("others' roles", of(|it| it["groups"] = json!(["quants2"])), role),
        ("no claims", signer.sign(&json!("claims")), JwtError::Claims),
    ]
}

#[test]
fn what_is_forged_or_for_something_else_lets_nobody_in_and_says_why_without_what_stands_in_it() {
    let (signer, other) = (Signer::new("one"), Signer::new("two"));
    let issuer = issuer_of(&[&signer]);
    assert!(issuer.admit(&signer.sign(&claims_from(NOW_S)), NOW_MS).is_ok());
    let bad = [forged(&signer, &other), foreign(&signer)].concat();
    for (what, token, error) in bad {
        let found = issuer.admit(&token, NOW_MS).err();
        assert_eq!(found, Some(error.clone()), "{what}");
        let said = TokenError::from(error).to_string();
        let is_quiet = |part: &str| part.len() < 3 || !said.contains(part);
        assert!(token.split('.').all(is_quiet) && !said.contains("ann"), "{what}: {said}");
        assert!(said.len() < 160 && !said.contains('\n'), "{what}: {said}");
    }
}

#[test]
fn a_signature_is_held_against_the_kind_of_key_that_it_is_of() {
    let random = SystemRandom::new();
    let secret = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, secret.as_ref(), &random);
    let pair = pair.unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let key = json!({"kty": "EC", "crv": "P-256", "kid": "ec", "alg": "ES256",
        "x": BASE64.encode(x), "y": BASE64.encode(y)});
    let ed = Signer::new("ed");
    let issuer = issuer_of(&[&ed]);
    let keys = json!({"keys": [key, ed.public()]}).to_string();
    issuer.renew(Keys::read(keys.as_bytes()).unwrap());
    let signed = |alg: &str, kid: &str| {
        let signed = head_and_body(&json!({"alg": alg, "kid": kid}), &claims_from(NOW_S));
        let signature = pair.sign(&random, signed.as_bytes()).unwrap();
        issuer.admit(&format!("{signed}.{}", BASE64.encode(signature)), NOW_MS).err()
    };
    assert_eq!(signed("ES256", "ec"), None);
    assert_eq!(signed("ES256", "ed"), Some(JwtError::Algorithm));
    assert_eq!(signed("EdDSA", "ed"), Some(JwtError::Signature));
    assert!(issuer.admit(&ed.sign(&claims_from(NOW_S)), NOW_MS).is_ok());
}

#[tokio::test]
async fn what_was_opened_ends_with_its_key_and_goes_on_while_that_is_there() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let issuer = issuer_of(&[&old]);
    let token = old.sign(&claims_from(NOW_S));
    let signed = issuer.admit(&token, NOW_MS).unwrap();
    let open = signed.clone().admitted(NOW_MS).unwrap();
    issuer.renew(keys_of(&[&new, &old]));
    assert!(signed.clone().admitted(NOW_MS).is_ok());
    assert!(issuer.admit(&new.sign(&claims_from(NOW_S)), NOW_MS).is_ok());
    issuer.renew(keys_of(&[&new]));
    open.ended().await;
    assert!(matches!(signed.admitted(NOW_MS), Err(TokenError::Signed(JwtError::Key))));
    assert_eq!(issuer.admit(&token, NOW_MS).err(), Some(JwtError::Key));
    // Another key under the same name is another key.
    let again = Signer::new("new");
    let opened = issuer.admit(&new.sign(&claims_from(NOW_S)), NOW_MS).unwrap();
    issuer.renew(keys_of(&[&again]));
    assert!(opened.admitted(NOW_MS).is_err());
}

#[test]
fn a_file_of_keys_is_gone_by_for_what_is_usable_in_it_and_else_says_what_is_wrong() {
    let key = |change: Value| {
        let mut key = Signer::new("one").public();
        key.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        key
    };
    let read = |keys: &[Value]| Keys::read(json!({ "keys": keys }).to_string().as_bytes());
    let odd = [
        json!({"kty": "RSA", "kid": "short", "n": BASE64.encode([255; 128]), "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "long", "n": BASE64.encode([255; 1024]), "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "zeros", "n": BASE64.encode([0; 256]), "e": "AQAB"}),
        json!({"kty": "EC", "crv": "P-384", "kid": "p384", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "kid": "cut", "x": "AA", "y": "AA"}),
        json!({"kty": "new", "kid": "unheard of"}),
        json!(7),
        key(json!({"use": "enc"})),
        key(json!({"alg": "RSA-OAEP"})),
        key(json!({"kid": ""})),
        key(json!({"x": "AA"})),
    ];
    assert_eq!(read(&odd).err(), Some(KeysError::None));
    let sound = json!({"kty": "RSA", "kid": "rsa", "n": BASE64.encode([255; 256]), "e": "AQAB"});
    let all = [&odd[..], &[sound, key(json!({"key_ops": ["verify"]}))]].concat();
    assert_eq!(read(&all).unwrap().names(), ["one", "rsa"]);

    let twice = [key(json!({})), key(json!({}))];
    assert_eq!(read(&twice).err(), Some(KeysError::Twice("one".into())));
    for part in ["d", "k"] {
        let secret = read(&[key(json!({part: "AA"}))]).err();
        assert_eq!(secret, Some(KeysError::Private("one".into())));
    }
    let many = vec![json!({}); 101];
    assert!(matches!(read(&many), Err(KeysError::Size(told)) if told == "101 keys"));
    assert!(matches!(Keys::read(&vec![b' '; KEYS_BYTES_MAX + 1]), Err(KeysError::Size(_))));
    for wrong in ["", "[]", "{}", "-----BEGIN PUBLIC KEY-----"] {
        assert!(matches!(Keys::read(wrong.as_bytes()), Err(KeysError::Form(_))), "{wrong}");
    }
}
