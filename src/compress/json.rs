//! SmartCrusher: JSON, re-spelled without loss and then elided by rows and keys.
