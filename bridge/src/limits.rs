//! What a request may hold, and how many run at a time.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many requests run at a time.
#[derive(Debug)]
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    pub(crate) fn of(requests: usize) -> Self {
        Room(Arc::new(Semaphore::new(requests)))
    }

    /// A place for a request, if there is one.
    pub(crate) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// Why a body was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    TooLarge,
    TooSlow,
    Broken,
}

/// Reads a body of so many bytes at most, within a time.
pub(crate) async fn body(
    headers: &HeaderMap,
    body: Body,
    bytes: usize,
    time: Duration,
) -> Result<Bytes, Unread> {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > bytes) {
        return Err(Unread::TooLarge);
    }
    match tokio::time::timeout(time, to_bytes(body, bytes)).await {
        Err(_) => Err(Unread::TooSlow),
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => {
            let mut source: Option<&dyn std::error::Error> = Some(&error);
            while let Some(why) = source {
                if why.to_string().contains("length limit") {
                    return Err(Unread::TooLarge);
                }
                source = why.source();
            }
            Err(Unread::Broken)
        }
    }
}
