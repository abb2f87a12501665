//! Kinds of inquiry, their fields, what each must carry.
