//! The public keys that an issuer publishes: kept for a while, and asked for again when a token names one that is not known.

use super::Unauthorized;
use crate::outgoing::{self, Redirects};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long keys are used before they are asked for again.
const FRESH: Duration = Duration::from_secs(600);

/// How long an issuer is left alone after it was asked, so that made-up key ids do not become requests.
const PAUSE: Duration = Duration::from_secs(10);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many bytes an answer has at most.
const BYTES: u64 = 1 << 20;

/// The keys of an issuer.
pub(super) struct Jwks {
    url: String,
    agent: ureq::Agent,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    keys: Vec<Key>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    key: DecodingKey,
}

/// Keys of kinds that are not known are passed over: an issuer may publish more than it signs tokens with.
#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

impl Jwks {
    /// The keys at a URL, whose server is trusted by the certificates of a file, or else by those of the system.
    ///
    /// # Errors
    /// The file cannot be read, or contains no certificate.
    pub(super) fn new(url: &str, certificates: Option<&Path>) -> Result<Self, String> {
        Ok(Jwks {
            url: url.to_owned(),
            agent: outgoing::agent(url, certificates, PATIENCE, Redirects::Followed)?,
            known: Mutex::new(Known::default()),
        })
    }

    /// The key that a token names, or the only one that fits its algorithm.
    pub(super) async fn key(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, Unauthorized> {
        let mut known = self.known.lock().await;
        let is_fresh = known.fetched.is_some_and(|at| at.elapsed() < FRESH);
        if let (true, Some(key)) = (is_fresh, known.find(id, algorithm)) {
            return Ok(key);
        }
        let rests = known.tried.is_some_and(|at| at.elapsed() < PAUSE);
        let mut failure = None;
        if !rests {
            known.tried = Some(Instant::now());
            match self.fetch().await {
                Ok(keys) => {
                    known.keys = keys;
                    known.fetched = Some(Instant::now());
                }
                Err(why) => {
                    tracing::warn!(
                        url = self.url,
                        why,
                        "the keys of an issuer cannot be fetched"
                    );
                    failure = Some(why);
                }
            }
        }
        match (known.find(id, algorithm), known.fetched) {
            // What was published stays valid while the issuer does not answer.
            (Some(key), _) => Ok(key),
            (None, Some(_)) if failure.is_none() => Err(Unauthorized::Token(
                "the token is signed with a key that its issuer does not publish".to_owned(),
            )),
            (None, _) => Err(Unauthorized::Keys(
                "the keys of the issuer cannot be fetched at the moment".to_owned(),
            )),
        }
    }

    async fn fetch(&self) -> Result<Vec<Key>, String> {
        let (url, agent) = (self.url.clone(), self.agent.clone());
        let answer = tokio::task::spawn_blocking(move || {
            let mut response = agent.get(&url).call().map_err(|error| error.to_string())?;
            if !response.status().is_success() {
                return Err(format!("http status: {}", response.status().as_u16()));
            }
            let body = response.body_mut().with_config().limit(BYTES);
            body.read_to_vec().map_err(|error| error.to_string())
        });
        let body = answer.await.map_err(|error| error.to_string())??;
        let set: Set = serde_json::from_slice(&body)
            .map_err(|_| "the answer is not a JSON Web Key Set".to_owned())?;
        let keys: Vec<Key> = set.keys.into_iter().filter_map(key).collect();
        match keys.is_empty() {
            true => Err("the answer has no public key for signatures".to_owned()),
            false => Ok(keys),
        }
    }
}

impl Known {
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let word = format!("{algorithm:?}");
        let fits = |key: &&Key| {
            key.key.family() == algorithm.family()
                && key.algorithm.as_ref().is_none_or(|one| *one == word)
        };
        let mut fitting = self.keys.iter().filter(fits);
        let found = match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            // Without an id, one key has to be the only choice.
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        found.map(|found| found.key.clone())
    }
}

fn key(value: serde_json::Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    // A secret is not published.
    (key.family() != AlgorithmFamily::Hmac).then(|| Key {
        id: jwk.common.key_id,
        algorithm: jwk.common.key_algorithm.map(|one| one.to_string()),
        key,
    })
}
