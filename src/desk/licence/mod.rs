//! Licence images.
