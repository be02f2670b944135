//! Who calls: the token of a request, believed where its issuer, its key, its times and its audience are right.

mod jwks;

use crate::config;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation};
use jwks::Jwks;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt;

/// How many bytes a token has at most.
const TOKEN_BYTES: usize = 16 << 10;

/// The caller of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The subject of the token: the user's id.
    pub subject: String,
    /// All claims, as the JSON text of the token.
    pub claims: String,
    /// The role that the transaction takes.
    pub role: String,
}

/// Why a token is not believed, or nothing can be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unauthorized {
    /// The token is missing or wrong.
    Token(String),
    /// The keys of its issuer cannot be had at the moment.
    Keys(String),
}

impl fmt::Display for Unauthorized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unauthorized::Token(why) | Unauthorized::Keys(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Unauthorized {}

fn wrong<T>(why: impl Into<String>) -> Result<T, Unauthorized> {
    Err(Unauthorized::Token(why.into()))
}

/// Believes tokens.
#[derive(Debug)]
pub struct Authenticator {
    issuers: Vec<Issuer>,
    client_role: String,
    roles: Vec<String>,
}

/// Somebody whose tokens are believed.
#[derive(Debug)]
struct Issuer {
    name: Option<String>,
    keys: Keys,
    validation: Validation,
}

enum Keys {
    Secret(Box<DecodingKey>),
    Published(Jwks),
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Keys::Secret(_) => "Secret",
            Keys::Published(_) => "Published",
        })
    }
}

/// The claims that the bridge reads.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    role: Option<String>,
}

impl Authenticator {
    /// For the issuers of a configuration; tokens may name one of `roles`, and act as `client_role` if they name none.
    ///
    /// # Errors
    /// An issuer without keys, with two kinds of keys, or with an algorithm that its keys do not have.
    pub fn new(
        issuers: &[config::Issuer],
        client_role: &str,
        roles: &[String],
    ) -> Result<Self, String> {
        let issuers = issuers.iter().map(Issuer::new);
        Ok(Authenticator {
            issuers: issuers.collect::<Result<_, _>>()?,
            client_role: client_role.to_owned(),
            roles: roles.to_vec(),
        })
    }

    /// The caller of a token.
    ///
    /// # Errors
    /// The token is not believed, or the keys of its issuer cannot be had.
    pub async fn caller(&self, token: &str) -> Result<Caller, Unauthorized> {
        if token.len() > TOKEN_BYTES {
            return wrong(format!("the token is longer than {TOKEN_BYTES} bytes"));
        }
        let Ok(header) = jsonwebtoken::decode_header(token) else {
            return wrong("the token is not a signed JWT");
        };
        let Ok(said) = jsonwebtoken::dangerous::insecure_decode_claims::<Claims>(token) else {
            return wrong("the claims of the token have another form");
        };
        let issuer = self.issuer(said.iss.as_deref())?;
        if !issuer.validation.algorithms.contains(&header.alg) {
            return wrong(format!("the algorithm {:?} is not allowed", header.alg));
        }
        let claims = match &issuer.keys {
            Keys::Secret(key) => issuer.verified(token, key, header.alg),
            Keys::Published(keys) => {
                let key = keys.key(header.kid.as_deref(), header.alg).await?;
                issuer.verified(token, &key, header.alg)
            }
        }?;
        self.believed(&claims)
    }

    /// The entry of an issuer, or the one without a name.
    fn issuer(&self, name: Option<&str>) -> Result<&Issuer, Unauthorized> {
        let mut issuers = self.issuers.iter();
        let named = issuers.find(|one| one.name.is_some() && one.name.as_deref() == name);
        let found = named.or_else(|| self.issuers.iter().find(|one| one.name.is_none()));
        match found {
            Some(issuer) => Ok(issuer),
            None => wrong("the issuer of the token is not known"),
        }
    }

    /// What is read of claims whose signature holds.
    fn believed(&self, text: &RawValue) -> Result<Caller, Unauthorized> {
        let Ok(claims) = serde_json::from_str::<Claims>(text.get()) else {
            return wrong("the claims of the token have another form");
        };
        let Some(subject) = claims.sub.filter(|subject| !subject.is_empty()) else {
            return wrong("the token does not name a user (`sub`)");
        };
        let role = claims.role.unwrap_or_else(|| self.client_role.clone());
        if !self.roles.contains(&role) {
            return wrong(format!("the role `{role}` of the token may not upload"));
        }
        if text.get().contains("\\u0000") || subject.contains('\0') {
            return wrong("the claims of the token contain a NUL character");
        }
        Ok(Caller {
            subject,
            claims: text.get().to_owned(),
            role,
        })
    }
}

impl Issuer {
    fn new(config: &config::Issuer) -> Result<Self, String> {
        let name = config.name.as_deref().unwrap_or("without a name");
        let wrong = |why: &str| format!("the issuer {name}: {why}");
        let sources = [&config.secret, &config.secret_base64, &config.jwks];
        if sources.iter().filter(|source| source.is_some()).count() != 1 {
            return Err(wrong("set one of `secret`, `secret_base64` and `jwks`"));
        }
        if config.certificates.is_some() && config.jwks.is_none() {
            return Err(wrong("`certificates` is for `jwks`"));
        }
        let key = |key: jsonwebtoken::errors::Result<DecodingKey>| match key {
            Ok(key) => Ok(Keys::Secret(Box::new(key))),
            Err(_) => Err(wrong("the secret is empty or not in base64")),
        };
        let keys = match (&config.secret, &config.secret_base64, &config.jwks) {
            (Some(secret), ..) => key(DecodingKey::from_secret(secret.as_bytes()))?,
            (_, Some(secret), _) => key(DecodingKey::from_base64_secret(secret))?,
            (.., url) => {
                let url = url.as_deref().unwrap_or_default();
                let jwks = Jwks::new(url, config.certificates.as_deref());
                Keys::Published(jwks.map_err(|why| wrong(&why))?)
            }
        };
        let is_secret = matches!(keys, Keys::Secret(_));
        let mut algorithms = Vec::new();
        for word in &config.algorithms {
            let algorithm: Algorithm = word
                .parse()
                .map_err(|_| wrong(&format!("`{word}` is not an algorithm")))?;
            // A public key must never be taken for the secret of an HMAC.
            if is_secret != (algorithm.family() == AlgorithmFamily::Hmac) {
                return Err(wrong(&format!("`{word}` does not fit its keys")));
            }
            algorithms.push(algorithm);
        }
        if algorithms.is_empty() {
            algorithms = match is_secret {
                true => vec![Algorithm::HS256],
                false => vec![Algorithm::ES256, Algorithm::RS256],
            };
        }
        let mut validation = Validation::new(algorithms[0]);
        let mut required = vec!["exp", "sub"];
        validation.algorithms = algorithms;
        validation.leeway = config.skew_seconds.unwrap_or(30);
        validation.validate_nbf = true;
        validation.validate_aud = !config.audience.is_empty();
        if !config.audience.is_empty() {
            validation.set_audience(&config.audience);
            required.push("aud");
        }
        if let Some(name) = &config.name {
            validation.set_issuer(&[name]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        Ok(Issuer {
            name: config.name.clone(),
            keys,
            validation,
        })
    }

    /// The claims of a token that the key has signed and whose claims are as they have to be.
    fn verified(
        &self,
        token: &str,
        key: &DecodingKey,
        algorithm: Algorithm,
    ) -> Result<Box<RawValue>, Unauthorized> {
        let mut validation = self.validation.clone();
        validation.algorithms = vec![algorithm];
        match jsonwebtoken::decode::<Box<RawValue>>(token, key, &validation) {
            Ok(data) => Ok(data.claims),
            Err(error) => wrong(reason(error.kind())),
        }
    }
}

/// What is wrong with a token, without a word of it.
fn reason(kind: &jsonwebtoken::errors::ErrorKind) -> String {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::ExpiredSignature => "the token has expired".to_owned(),
        ErrorKind::ImmatureSignature => "the token is not valid yet".to_owned(),
        ErrorKind::InvalidSignature => "the signature of the token is not valid".to_owned(),
        ErrorKind::InvalidAudience => "the token is for another audience".to_owned(),
        ErrorKind::InvalidIssuer => "the token is of another issuer".to_owned(),
        ErrorKind::MissingRequiredClaim(claim) => format!("the token has no `{claim}`"),
        _ => "the token is not valid".to_owned(),
    }
}
