/**
 * Puts the ONNX Runtime library where the tests of Kompress look for it: below target/onnxruntime/, in the
 * layout of the npm package `onnxruntime-node`, of which only this system's library is unpacked.
 *
 * The package is no development dependency: its 110 MB would come with every `npm install`, and its install
 * script downloads still more. It is fetched once a machine, none of its scripts runs, and its checksum is known.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { fail } from './failure.mjs'

const VERSION = '1.30.0'
const SHA512 = 'twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw=='
const TARGET = fileURLToPath(new URL('../target/', import.meta.url))
const PACKAGE = join(TARGET, 'onnxruntime', 'node_modules', 'onnxruntime-node')
const BUILD = `bin/napi-v6/${process.platform}/${process.arch}`

/** Runs a program in a folder and returns what it prints. */
function run(command, args, cwd) {
  // npm is a script on Windows, which only a shell starts; no argument comes from outside.
  const shell = process.platform === 'win32' && command === 'npm'
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', shell, maxBuffer: 1 << 24 })
  if (status !== 0) {
    fail('cannot fetch the ONNX Runtime library', {
      cause: error?.message ?? `${command} ${args.join(' ')}: ${stderr.trim()}`,
      hint: 'The tests of Kompress need it; with HEADROOM_ONNXRUNTIME they use another one.',
    })
  }
  return stdout
}

function fetchInto(folder) {
  const packed = run('npm', ['pack', `onnxruntime-node@${VERSION}`, '--silent'], folder).trim().split('\n').at(-1)
  const archive = join(folder, packed)
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64')
  if (found !== SHA512) {
    fail('the package onnxruntime-node is not the one that is known', { cause: `its SHA-512 is ${found}, not ${SHA512}` })
  }
  run('tar', ['-xzf', packed, `package/${BUILD}`, 'package/package.json'], folder)
  return join(folder, 'package')
}

if (existsSync(join(PACKAGE, BUILD))) {
  process.stderr.write(`onnxruntime-node ${VERSION} is in place\n`)
} else {
  mkdirSync(TARGET, { recursive: true })
  const folder = mkdtempSync(join(TARGET, 'onnxruntime-'))
  try {
    const fetched = fetchInto(folder)
    rmSync(PACKAGE, { recursive: true, force: true })
    mkdirSync(join(PACKAGE, '..'), { recursive: true })
    try {
      renameSync(fetched, PACKAGE)
    } catch {
      cpSync(fetched, PACKAGE, { recursive: true })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stderr.write(`onnxruntime-node ${VERSION}: the library of ${process.platform}-${process.arch} is in target/onnxruntime\n`)
}
