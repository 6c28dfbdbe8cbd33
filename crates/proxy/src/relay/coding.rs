//! Codings of bodies: gzip, deflate, br and zstd.

use std::io::{self, Read, Write};

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// Reads a whole body that was coded, `limit` bytes of it at most. `None` is an unknown coding.
pub(crate) fn decode(coding: &str, body: &[u8], limit: usize) -> Option<io::Result<Vec<u8>>> {
    Some(match coding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body.to_vec()),
        "gzip" | "x-gzip" => read(GzDecoder::new(body), limit),
        // What the name stands for is zlib's format; some send the bare one.
        "deflate" => read(ZlibDecoder::new(body), limit).or_else(|_| read(DeflateDecoder::new(body), limit)),
        "br" => read(brotli::Decompressor::new(body, 4096), limit),
        "zstd" => zstd::stream::read::Decoder::new(body).and_then(|decoder| read(decoder, limit)),
        _ => return None,
    })
}

fn read(source: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    source.take(limit as u64 + 1).read_to_end(&mut out)?;
    if out.len() > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "the body is too large",
        ));
    }
    Ok(out)
}

/// Reads a coded answer piece by piece.
pub(crate) enum Decoder {
    Gzip(Box<flate2::write::GzDecoder<Vec<u8>>>),
    Deflate(Box<flate2::write::ZlibDecoder<Vec<u8>>>),
    Brotli(Box<brotli::DecompressorWriter<Vec<u8>>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Vec<u8>>>),
}

impl Decoder {
    /// For a coding; `None` where it is unknown.
    pub(crate) fn new(coding: &str) -> Option<Self> {
        Some(match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Self::Gzip(Box::new(flate2::write::GzDecoder::new(Vec::new()))),
            "deflate" => Self::Deflate(Box::new(flate2::write::ZlibDecoder::new(Vec::new()))),
            "br" => Self::Brotli(Box::new(brotli::DecompressorWriter::new(Vec::new(), 4096))),
            "zstd" => Self::Zstd(Box::new(zstd::stream::write::Decoder::new(Vec::new()).ok()?)),
            _ => return None,
        })
    }

    /// What a chunk says, as far as it can be told.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Deflate(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Brotli(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Zstd(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }
}
