//! Whose tokens are believed.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use jsonwebtoken::{Algorithm, EncodingKey, Header, get_current_timestamp};
use rcgen::KeyPair;
use serde_json::{Value, json};

use crate::bridge::app::{ANN, Access, Bridge, PHONE, database, signed};
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";

pub(crate) fn claims() -> Value {
    json!({
        "sub": ANN,
        "role": "authenticated",
        "aud": "authenticated",
        "iss": "https://issuer.example/auth/v1",
        "exp": get_current_timestamp() + 600,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// What a bridge answers to an upload with a token.
pub(crate) fn status(bridge: &Bridge, token: &str) -> (u16, String) {
    let transactions = json!([{"crud": [list(LIST, "Groceries")]}]);
    let reply = bridge
        .upload_with(token, PHONE, transactions)
        .expect("it answers");
    (reply.status, reply.body)
}

#[test]
fn a_token_of_a_shared_secret_is_believed_only_as_it_has_to_be() {
    let database = database("bridge_secret");
    let settings = format!(
        "[[issuer]]\nname = 'https://issuer.example/auth/v1'\nsecret = '{}'\naudience = ['authenticated', 'app']\n",
        crate::bridge::app::SECRET
    );
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        &settings,
    );
    let now = get_current_timestamp();
    for claims in [
        claims(),
        with("aud", json!(["other", "app"])),
        with("role", Value::Null),
        with("nbf", json!(now - 5)),
        // Clocks may differ by half a minute.
        with("exp", json!(now - 10)),
        with("nbf", json!(now + 10)),
    ] {
        assert_eq!(status(&bridge, &signed(&claims)).0, 200, "{claims}");
    }
    for (wrong, claims) in [
        ("expired", with("exp", json!(now - 60))),
        ("not valid yet", with("nbf", json!(now + 60))),
        ("`exp`", with("exp", Value::Null)),
        ("`exp`", with("exp", json!("tomorrow"))),
        ("audience", with("aud", json!("somebody else"))),
        ("`aud`", with("aud", Value::Null)),
        ("issuer", with("iss", json!("https://elsewhere.example"))),
        ("issuer", with("iss", Value::Null)),
        ("`sub`", with("sub", Value::Null)),
        ("`sub`", with("sub", json!(""))),
        ("form", with("sub", json!(7))),
        ("role", with("role", json!("service_role"))),
        ("role", with("role", json!("postgres"))),
        ("role", with("role", json!("bridge_role"))),
    ] {
        let (status, body) = status(&bridge, &signed(&claims));
        assert_eq!(status, 401, "{claims}: {body}");
        assert!(body.contains(wrong), "{claims}: {body}");
    }
    let token = signed(&claims());
    let [head, payload, signature] =
        <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).expect("three parts");
    // {"alg":"none"} and {"typ":"JWT","alg":"none"}
    let none = ["eyJhbGciOiJub25lIn0", "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0"];
    let hs512 = {
        let key =
            EncodingKey::from_secret(crate::bridge::app::SECRET.as_bytes()).expect("a secret");
        jsonwebtoken::encode(&Header::new(Algorithm::HS512), &claims(), &key).expect("it is signed")
    };
    let other = {
        let key = EncodingKey::from_secret(b"another secret").expect("a secret");
        jsonwebtoken::encode(&Header::default(), &claims(), &key).expect("it is signed")
    };
    let long = format!("{head}.{}.{signature}", "a".repeat(20_000));
    let forged = with("sub", json!("00000000-0000-4000-8000-00000000000b"));
    let forged = signed(&forged);
    let forged = format!(
        "{head}.{}.{signature}",
        forged.split('.').nth(1).expect("a payload")
    );
    let hostile = [
        format!("{}.{payload}.", none[0]),
        format!("{}.{payload}.{signature}", none[1]),
        format!("{head}.{payload}."),
        format!("{head}.{payload}"),
        format!("{head}..{signature}"),
        format!("{token}.{signature}"),
        "x".to_owned(),
        hs512,
        other,
        long,
        forged,
    ];
    for token in hostile {
        assert_eq!(status(&bridge, &token).0, 401, "{token:.80}");
    }
}

/// A server of public keys that changes what it publishes.
struct Keys {
    url: String,
    published: Arc<Mutex<Option<String>>>,
    asked: Arc<AtomicUsize>,
}

impl Keys {
    fn serve() -> Keys {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!(
            "http://{}/jwks.json",
            listener.local_addr().expect("it is bound")
        );
        let keys = Keys {
            url,
            published: Arc::default(),
            asked: Arc::default(),
        };
        let (published, asked) = (Arc::clone(&keys.published), Arc::clone(&keys.asked));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                while lines.next().is_some_and(|line| !line.is_empty()) {}
                asked.fetch_add(1, Ordering::SeqCst);
                let published = published.lock().expect("nobody panicked").clone();
                let (status, body) = match published {
                    Some(body) => ("200 OK", body),
                    None => ("503 Service Unavailable", String::new()),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                let _ = (&stream).write_all((head + &body).as_bytes());
            }
        });
        keys
    }

    fn publish(&self, keys: &[&Signer]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk.clone()).collect();
        *self.published.lock().expect("nobody panicked") =
            Some(json!({ "keys": keys }).to_string());
    }
}

/// A key pair, and its public key as it is published.
pub(crate) struct Signer {
    key: EncodingKey,
    id: &'static str,
    pub(crate) jwk: Value,
    public: Vec<u8>,
}

impl Signer {
    pub(crate) fn new(id: &'static str) -> Signer {
        let pair = KeyPair::generate().expect("a key pair of P-256");
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, Algorithm::ES256)
            .expect("its public half");
        let mut jwk = serde_json::to_value(jwk).expect("it is JSON");
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        Signer {
            key,
            id,
            jwk,
            public: pair.public_key_raw().to_vec(),
        }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.id.to_owned());
        jsonwebtoken::encode(&header, claims, &self.key).expect("it is signed")
    }
}

#[test]
fn published_keys_are_kept_and_asked_for_again_when_they_rotate() {
    let database = database("bridge_jwks");
    let keys = Keys::serve();
    let settings = format!(
        "[[issuer]]\njwks = '{}'\naudience = ['authenticated']\n",
        keys.url
    );
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        &settings,
    );
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    // The issuer does not answer: that is not the token's fault.
    assert_eq!(status(&bridge, &old.sign(&claims())).0, 503);
    keys.publish(&[&old]);
    thread::sleep(std::time::Duration::from_secs(11));
    for _ in 0..5 {
        assert_eq!(status(&bridge, &old.sign(&claims())).0, 200);
    }
    assert_eq!(keys.asked.load(Ordering::SeqCst), 2, "the keys are kept");
    // A key that nobody publishes is refused, and the issuer is not asked for each of them.
    for _ in 0..5 {
        assert_eq!(status(&bridge, &new.sign(&claims())).0, 401);
    }
    assert!(keys.asked.load(Ordering::SeqCst) <= 3);
    thread::sleep(std::time::Duration::from_secs(11));
    keys.publish(&[&old, &new]);
    assert_eq!(status(&bridge, &new.sign(&claims())).0, 200);
    assert_eq!(status(&bridge, &old.sign(&claims())).0, 200);
    // The public key as the secret of an HMAC, in each form that somebody might take for it.
    let texts = HashMap::from([
        ("raw", old.public.clone()),
        ("jwk", old.jwk.to_string().into_bytes()),
        (
            "x",
            old.jwk["x"]
                .as_str()
                .expect("a coordinate")
                .as_bytes()
                .to_vec(),
        ),
    ]);
    for (form, secret) in texts {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("old".to_owned());
        let key = EncodingKey::from_secret(&secret).expect("a secret");
        let token = jsonwebtoken::encode(&header, &claims(), &key).expect("it is signed");
        assert_eq!(status(&bridge, &token).0, 401, "{form}");
    }
    // What was published stays valid while the issuer is away.
    *keys.published.lock().expect("nobody panicked") = None;
    assert_eq!(status(&bridge, &new.sign(&claims())).0, 200);
}
