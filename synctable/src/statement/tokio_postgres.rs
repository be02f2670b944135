//! Runs statements through `tokio-postgres`.

super::run::writer!(
    /// Writes changes over one connection, whose statements it prepares once.
    tokio_postgres, [async], [.await]
);
