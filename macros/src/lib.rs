//! The derive that binds a struct to a declared table.
