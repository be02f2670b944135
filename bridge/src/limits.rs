//! What a request may hold, and how many run at a time.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many requests run at a time, and how many kilobytes their bodies have together.
#[derive(Debug)]
pub(crate) struct Room {
    requests: Arc<Semaphore>,
    kilobytes: Arc<Semaphore>,
}

/// What a request has of it until it is answered.
#[derive(Debug)]
pub(crate) struct Place {
    _request: OwnedSemaphorePermit,
    _kilobytes: OwnedSemaphorePermit,
}

impl Room {
    pub(crate) fn of(requests: usize, bytes: usize) -> Self {
        let kilobytes = (bytes >> 10).clamp(1, Semaphore::MAX_PERMITS);
        Room {
            requests: Arc::new(Semaphore::new(requests)),
            kilobytes: Arc::new(Semaphore::new(kilobytes)),
        }
    }

    /// A place for a request whose body has so many bytes, if there is one.
    pub(crate) fn enter(&self, bytes: usize) -> Option<Place> {
        let kilobytes = u32::try_from((bytes >> 10) + 1).unwrap_or(u32::MAX);
        Some(Place {
            _request: Arc::clone(&self.requests).try_acquire_owned().ok()?,
            _kilobytes: Arc::clone(&self.kilobytes)
                .try_acquire_many_owned(kilobytes)
                .ok()?,
        })
    }
}

/// How many bytes a body has, as its head says.
pub(crate) fn length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Why a body was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    TooLarge,
    TooSlow,
    Broken,
}

/// Reads a body of so many bytes at most, within a time.
pub(crate) async fn body(body: Body, bytes: usize, time: Duration) -> Result<Bytes, Unread> {
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
