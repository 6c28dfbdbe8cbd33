/**
 * The command line: hands the arguments to the core and its exit code to the process. The code is set, not
 * forced with `process.exit`, so that output still in a pipe is written out.
 */
import { HeadroomError } from './errors.js'
import { native, unwrap } from './native.js'

/** Passes signals on to a command that listens to them, as the proxy does; others end as any process would. */
function passSignals(interrupt: () => boolean): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const pass = (): void => {
      if (interrupt()) return
      process.removeListener(signal, pass)
      process.kill(process.pid, signal)
    }
    process.on(signal, pass)
  }
}

try {
  const core = native()
  passSignals(() => core.interruptCli())
  process.exitCode = unwrap<number>(await core.runCli(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`error: ${HeadroomError.isInstance(error) ? error.message : String(error)}\n`)
  process.exitCode = 1
}
