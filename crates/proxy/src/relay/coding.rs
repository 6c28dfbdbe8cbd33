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
pub(crate) struct Decoder {
    coding: Coding,
    /// Something came: an answer without a body needs no end either.
    begun: bool,
}

enum Coding {
    Gzip(Box<flate2::write::GzDecoder<Vec<u8>>>),
    Deflate(Box<flate2::write::ZlibDecoder<Vec<u8>>>),
    Brotli(Box<brotli::DecompressorWriter<Vec<u8>>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Vec<u8>>>),
}

impl Decoder {
    /// For a coding; `None` where it is unknown.
    pub(crate) fn new(coding: &str) -> Option<Self> {
        let coding = match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Coding::Gzip(Box::new(flate2::write::GzDecoder::new(Vec::new()))),
            "deflate" => Coding::Deflate(Box::new(flate2::write::ZlibDecoder::new(Vec::new()))),
            "br" => Coding::Brotli(Box::new(brotli::DecompressorWriter::new(Vec::new(), 4096))),
            "zstd" => Coding::Zstd(Box::new(zstd::stream::write::Decoder::new(Vec::new()).ok()?)),
            _ => return None,
        };
        Some(Self { coding, begun: false })
    }

    /// What a chunk says, as far as it can be told.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> io::Result<Vec<u8>> {
        self.begun |= !chunk.is_empty();
        match &mut self.coding {
            Coding::Gzip(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Coding::Deflate(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Coding::Brotli(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Coding::Zstd(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }

    /// Nothing more comes. An error where the coding says that more should: half an answer that was framed as a whole
    /// one would otherwise be taken for it.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if !self.begun {
            return Ok(());
        }
        match &mut self.coding {
            Coding::Gzip(decoder) => decoder.try_finish(),
            // It takes no byte more once it has seen its end, and says so in no other way.
            Coding::Deflate(decoder) => match decoder.write(&[0])? {
                0 => Ok(()),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            },
            Coding::Brotli(decoder) => decoder.close(),
            Coding::Zstd(decoder) => decoder.do_finish(),
        }
    }
}
