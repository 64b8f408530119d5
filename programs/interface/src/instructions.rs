//! Instruction builders.
