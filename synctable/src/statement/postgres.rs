//! Runs statements through `postgres`, which waits.

super::run::writer!(
    /// Writes changes over one connection, whose statements it prepares once.
    postgres, [], []
);
