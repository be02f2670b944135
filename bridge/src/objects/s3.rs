//! A service that speaks S3. URLs have signatures of version 4.

use super::store::{ANSWER_BYTES, Listed, PAGE, PATIENCE, Page};
use super::{Asked, Operation, Signed};
use crate::config::{Objects, Style};
use crate::outgoing::{self, Redirects};
use rusty_s3::actions::{ListObjectsV2, S3Action};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What makes an upload fail where an object is already; it is signed, so that nobody can remove it.
const ONLY_NEW: (&str, &str) = ("if-none-match", "*");

pub(crate) struct S3 {
    url: String,
    region: String,
    style: UrlStyle,
    credentials: Credentials,
    valid: Duration,
    agent: ureq::Agent,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl S3 {
    pub(super) fn new(config: &Objects) -> Result<Self, String> {
        let s3 = S3 {
            url: config.url.clone(),
            region: config.region.clone(),
            style: match config.style {
                Style::Path => UrlStyle::Path,
                Style::Host => UrlStyle::VirtualHost,
            },
            credentials: Credentials::new(&config.key_id, &config.secret),
            valid: Duration::from_secs(config.valid_seconds),
            agent: outgoing::agent(
                &config.url,
                config.certificates.as_deref(),
                PATIENCE,
                Redirects::Refused,
            )?,
        };
        // The URL is tried once, so that a wrong one is told at the start.
        s3.bucket("objects")?;
        Ok(s3)
    }

    fn bucket(&self, name: &str) -> Result<Bucket, String> {
        let wrong = |why: &dyn fmt::Display| format!("`objects.url` is not valid: {why}");
        let url = self.url.parse().map_err(|why| wrong(&why))?;
        Bucket::new(url, self.style, name.to_owned(), self.region.clone())
            .map_err(|why| wrong(&why))
    }

    pub(super) fn sign(&self, asked: &Asked) -> Result<Signed, String> {
        let bucket = self.bucket(&asked.bucket)?;
        let credentials = Some(&self.credentials);
        let mut headers = BTreeMap::new();
        let (url, method) = match asked.operation {
            Operation::Download => {
                let get = bucket.get_object(credentials, &asked.path);
                (get.sign(self.valid), "GET")
            }
            Operation::Upload | Operation::Replace => {
                if asked.operation == Operation::Upload {
                    headers.insert(ONLY_NEW.0, ONLY_NEW.1.to_owned());
                }
                if let Some(bytes) = asked.bytes {
                    headers.insert("content-length", bytes.to_string());
                }
                let mut put = bucket.put_object(credentials, &asked.path);
                for (name, value) in &headers {
                    put.headers_mut().insert(*name, value.clone());
                }
                (put.sign(self.valid), "PUT")
            }
        };
        Ok(Signed {
            url: url.into(),
            method,
            headers,
            expires_in: self.valid.as_secs(),
        })
    }

    pub(super) fn list(&self, bucket: &str, from: Option<&str>) -> Result<Page, String> {
        let bucket = self.bucket(bucket)?;
        let mut list = bucket.list_objects_v2(Some(&self.credentials));
        list.with_max_keys(PAGE);
        if let Some(token) = from {
            list.with_continuation_token(token);
        }
        let url = list.sign(PATIENCE * 2);
        let text = answered(self.agent.get(url.as_str()).call(), "list the bucket")?;
        let read = ListObjectsV2::parse_response(&text)
            .map_err(|error| format!("the service's list of the bucket cannot be read: {error}"))?;
        let objects = read
            .contents
            .into_iter()
            .map(|one| match one.last_modified {
                Some(changed) => Ok(Listed {
                    path: one.key,
                    changed,
                }),
                None => Err("the service's list has an object without a time".to_owned()),
            });
        Ok(Page {
            objects: objects.collect::<Result<_, _>>()?,
            next: read.next_continuation_token,
        })
    }

    pub(super) fn remove(&self, bucket: &str, path: &str) -> Result<(), String> {
        let bucket = self.bucket(bucket)?;
        let url = bucket
            .delete_object(Some(&self.credentials), path)
            .sign(PATIENCE * 2);
        answered(self.agent.delete(url.as_str()).call(), "remove the object").map(|_| ())
    }
}

/// The text of an answer that says yes. Nothing of another answer is told but its status and its code.
fn answered(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    what: &str,
) -> Result<String, String> {
    let mut answer = answer.map_err(|error| format!("the service does not {what}: {error}"))?;
    let status = answer.status();
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES);
    let text = body
        .read_to_string()
        .map_err(|error| format!("the service does not {what}: {error}"))?;
    match status.is_success() {
        true => Ok(text),
        false => {
            let code = text
                .split("<Code>")
                .nth(1)
                .and_then(|rest| rest.split('<').next());
            let code = code.filter(|code| code.chars().all(|c| c.is_ascii_alphanumeric()));
            Err(format!(
                "the service does not {what}: {} {}",
                status.as_u16(),
                code.unwrap_or_default()
            ))
        }
    }
}
