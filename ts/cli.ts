/**
 * The command line: hands the arguments to the core and its exit code to the process. The code is set, not
 * forced with `process.exit`, so that output still in a pipe is written out.
 */
import { HeadroomError } from './errors.js'
import { native, unwrap } from './native.js'

try {
  process.exitCode = unwrap<number>(await native().runCli(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`error: ${HeadroomError.isInstance(error) ? error.message : String(error)}\n`)
  process.exitCode = 1
}
