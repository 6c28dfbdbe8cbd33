/** Names of the addon per Rust target, as the loader (`binding.cjs`) and the platform packages spell them. */

/** Rust target triple → platform name in file and package names. */
export const PLATFORMS = {
  'x86_64-unknown-linux-gnu': 'linux-x64-gnu',
  'aarch64-unknown-linux-gnu': 'linux-arm64-gnu',
  'x86_64-unknown-linux-musl': 'linux-x64-musl',
  'aarch64-unknown-linux-musl': 'linux-arm64-musl',
  'x86_64-apple-darwin': 'darwin-x64',
  'aarch64-apple-darwin': 'darwin-arm64',
  'x86_64-pc-windows-msvc': 'win32-x64-msvc',
  'aarch64-pc-windows-msvc': 'win32-arm64-msvc',
}

/** The platform name of `target`, or null when there is no name for it. */
export function platformOf(target) {
  return PLATFORMS[target] ?? null
}

/** The target the Rust compiler builds for when nothing is asked, from the output of `rustc -vV`. */
export function hostTarget(rustcVersion) {
  return /^host: (\S+)$/m.exec(rustcVersion)?.[1] ?? null
}
