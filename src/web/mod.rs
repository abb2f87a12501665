//! Door 2: HTTP. `routes` is the whole URL map.
