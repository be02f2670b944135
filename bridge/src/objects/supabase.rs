//! Supabase's storage, asked with the service key: its own policies are passed over, and the bridge has asked the same ones.
//!
//! The protocol is that of `supabase/storage` (`src/http/routes/object`) and of `storage-js`.

use super::store::{ANSWER_BYTES, Listed, PAGE, PATIENCE, Page, Unsigned};
use super::{Asked, Operation, Signed};
use crate::config::Objects;
use crate::outgoing::{self, Redirects};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;

/// What is encoded in a path: all but unreserved characters and `/`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

pub(crate) struct Supabase {
    /// `https://project.supabase.co/storage/v1`
    url: String,
    key: String,
    valid_seconds: u64,
    agent: ureq::Agent,
}

impl fmt::Debug for Supabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supabase")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What is answered to a question for a URL to upload to.
#[derive(Deserialize)]
struct Upload {
    url: String,
}

/// What is answered to a question for a URL to download from.
#[derive(Deserialize)]
struct Download {
    #[serde(rename = "signedURL")]
    url: String,
}

/// The times of a token.
#[derive(Deserialize)]
struct Times {
    iat: u64,
    exp: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    has_next: bool,
    next_cursor: Option<String>,
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    name: String,
    updated_at: Option<String>,
    created_at: Option<String>,
}

/// An answer that says no; older versions send the status as a text, and 400 for it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Refusal {
    status_code: serde_json::Value,
    error: String,
}

/// Why the service did not do what it was asked.
enum No {
    Status(u16, String),
    Unreadable(String),
}

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            No::Status(status, word) => write!(f, "the service answers {status} {word}"),
            No::Unreadable(why) => f.write_str(why),
        }
    }
}

impl Supabase {
    pub(super) fn new(config: &Objects) -> Result<Self, String> {
        Ok(Supabase {
            url: format!("{}/storage/v1", config.url.trim_end_matches('/')),
            key: config.secret.clone(),
            valid_seconds: config.valid_seconds,
            agent: outgoing::agent(
                &config.url,
                config.certificates.as_deref(),
                PATIENCE,
                Redirects::Refused,
            )?,
        })
    }

    pub(super) fn sign(&self, asked: &Asked) -> Result<Signed, Unsigned> {
        let operation = asked.operation;
        let path = utf8_percent_encode(&asked.path, ENCODED);
        let place = format!("{}/{path}", asked.bucket);
        let (route, method) = match operation {
            Operation::Download => ("object/sign", "GET"),
            Operation::Upload | Operation::Replace => ("object/upload/sign", "PUT"),
        };
        let headers: &[(&str, &str)] = match operation {
            Operation::Replace => &[("x-upsert", "true")],
            Operation::Upload | Operation::Download => &[],
        };
        let body = match operation {
            Operation::Download => json!({ "expiresIn": self.valid_seconds }),
            Operation::Upload | Operation::Replace => json!({}),
        };
        let text = self
            .post(&format!("{route}/{place}"), headers, &body)
            .map_err(|no| match no {
                No::Status(409, _) => Unsigned::Exists,
                No::Status(404, word) if word == "not_found" => Unsigned::Absent,
                no => Unsigned::Service(no.to_string()),
            })?;
        let read = match operation {
            Operation::Download => serde_json::from_str(&text).map(|Download { url }| url),
            _ => serde_json::from_str(&text).map(|Upload { url }| url),
        };
        // The path is ours, so that nothing of the answer leads elsewhere; the token is the answer's.
        let token = read.ok().and_then(|url| {
            let (_, token) = url.split_once("?token=")?;
            let token = token.split('&').next()?.to_owned();
            let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            (!token.is_empty() && token.chars().all(is_token)).then_some(token)
        });
        let times = token
            .as_deref()
            .and_then(|token| jsonwebtoken::dangerous::insecure_decode_claims::<Times>(token).ok());
        let (Some(token), Some(Times { iat, exp })) = (token, times) else {
            let why = "the service answers without a token that can be read";
            return Err(Unsigned::Service(why.to_owned()));
        };
        Ok(Signed {
            url: format!("{}/{route}/{place}?token={token}", self.url),
            method,
            headers: BTreeMap::new(),
            expires_in: exp.saturating_sub(iat),
        })
    }

    pub(super) fn list(&self, bucket: &str, from: Option<&str>) -> Result<Page, String> {
        let mut body = json!({ "prefix": "", "limit": PAGE, "with_delimiter": false });
        if let Some(cursor) = from {
            body["cursor"] = cursor.into();
        }
        let text = self
            .post(&format!("object/list-v2/{bucket}"), &[], &body)
            .map_err(|no| format!("the bucket cannot be listed: {no}"))?;
        let list: List = serde_json::from_str(&text)
            .map_err(|error| format!("the service's list of the bucket cannot be read: {error}"))?;
        if list.has_next && list.next_cursor.as_deref().is_none_or(str::is_empty) {
            return Err("the service's list of the bucket ends early".to_owned());
        }
        let objects = list.objects.into_iter().map(|one| {
            // A replaced object is as young as its bytes.
            match one.updated_at.or(one.created_at) {
                Some(changed) => Ok(Listed {
                    path: one.name,
                    changed,
                }),
                None => Err("the service's list has an object without a time".to_owned()),
            }
        });
        Ok(Page {
            objects: objects.collect::<Result<_, _>>()?,
            next: list.next_cursor.filter(|_| list.has_next),
        })
    }

    pub(super) fn remove(&self, bucket: &str, path: &str) -> Result<(), String> {
        let request = self.agent.delete(format!("{}/object/{bucket}", self.url));
        let request = request
            .header("authorization", format!("Bearer {}", self.key))
            .header("apikey", &self.key);
        let answer = request
            .header("content-type", "application/json")
            .force_send_body()
            .send(json!({ "prefixes": [path] }).to_string());
        answered(answer)
            .map(|_| ())
            .map_err(|no| format!("the object cannot be removed: {no}"))
    }

    fn post(
        &self,
        route: &str,
        headers: &[(&str, &str)],
        body: &serde_json::Value,
    ) -> Result<String, No> {
        let mut request = self
            .agent
            .post(format!("{}/{route}", self.url))
            .header("authorization", format!("Bearer {}", self.key))
            .header("apikey", &self.key)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answered(request.send(body.to_string()))
    }
}

/// The text of an answer that says yes. Nothing of another answer is told but its status and its word.
fn answered(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<String, No> {
    let unreadable = |error: ureq::Error| No::Unreadable(format!("the service fails: {error}"));
    let mut answer = answer.map_err(unreadable)?;
    let status = answer.status();
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES);
    let text = body.read_to_string().map_err(unreadable)?;
    if status.is_success() {
        return Ok(text);
    }
    let refusal: Refusal = serde_json::from_str(&text).unwrap_or_default();
    let said = match &refusal.status_code {
        serde_json::Value::String(text) => text.parse().ok(),
        serde_json::Value::Number(number) => {
            number.as_u64().and_then(|one| u16::try_from(one).ok())
        }
        _ => None,
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || " _-".contains(c);
    let word: String = refusal
        .error
        .chars()
        .filter(|c| is_word(*c))
        .take(60)
        .collect();
    Err(No::Status(said.unwrap_or(status.as_u16()), word))
}
