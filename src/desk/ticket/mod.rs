//! Intake, actions, lists, the thread.
