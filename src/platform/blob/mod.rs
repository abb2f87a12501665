//! Bytes on disk, fsynced before they are named in a row.
