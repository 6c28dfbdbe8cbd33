/**
 * The errors of Headroom: one family, recognised by a marker instead of `instanceof`, so that an error made by
 * another copy of the package (the other build, another version) is recognised too.
 *
 * A throw means that the call itself makes no sense, was cancelled, or that the addon is missing. What goes
 * wrong while compressing is never thrown; it is a warning in the result.
 */

/** Stable reasons; the wording of messages may change, codes may not. */
export type HeadroomErrorCode =
  | 'invalid_options'
  | 'invalid_format'
  | 'invalid_json'
  | 'invalid_plan'
  | 'invalid_ref'
  | 'invalid_selection'
  | 'not_decodable'
  | 'store'
  | 'model'
  | 'aborted'
  | 'closed'
  | 'addon_not_loaded'
  | 'start_refused'
  | 'internal'

/** What an error is made of. */
export interface HeadroomErrorFields {
  /** Which kind of failure this is. */
  code: HeadroomErrorCode
  /** One line: what could not be done. */
  title: string
  /** Where and why: a sentence, or the error underneath. */
  cause?: unknown
  /** What to do about it. */
  hint?: string | undefined
}

const FAMILY: unique symbol = Symbol.for('headroom.error')

/** The name under which a class of the family marks its errors. */
const markerOf = (name: string): symbol => Symbol.for(`headroom.error.${name}`)

function isMarked(error: unknown, marker: symbol): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, marker) === true
}

function messageOf({ title, cause, hint }: HeadroomErrorFields): string {
  const lines = [title]
  if (cause !== undefined && cause !== null) lines.push(`  cause: ${cause instanceof Error ? cause.message : String(cause)}`)
  if (hint) lines.push(`  hint: ${hint}`)
  return lines.join('\n')
}

/** Base of every error Headroom throws. `message` holds title, cause and hint, one a line. */
export class HeadroomError extends Error {
  /** Stable, machine-readable reason. */
  readonly code: HeadroomErrorCode
  /** One line: what could not be done. */
  readonly title: string
  /** What to do about it, if there is something. */
  readonly hint: string | undefined

  constructor(fields: HeadroomErrorFields) {
    super(messageOf(fields), fields.cause === undefined ? undefined : { cause: fields.cause })
    this.name = 'HeadroomError'
    this.code = fields.code
    this.title = fields.title
    this.hint = fields.hint
    this.mark(FAMILY)
  }

  /** True for every error of the family, whichever copy of the package made it. */
  static isInstance(error: unknown): error is HeadroomError {
    return isMarked(error, FAMILY)
  }

  /** Makes an instance recognisable; not enumerable, so that printing an error stays readable. */
  protected mark(marker: symbol): void {
    Object.defineProperty(this, marker, { value: true })
  }
}

/** The call makes no sense: options, messages, a ref, a selection or a plan are not what they must be. */
export class HeadroomValidationError extends HeadroomError {
  constructor(fields: HeadroomErrorFields) {
    super(fields)
    this.name = 'HeadroomValidationError'
    this.mark(markerOf('validation'))
  }

  static override isInstance(error: unknown): error is HeadroomValidationError {
    return isMarked(error, markerOf('validation'))
  }
}

/** The store of originals failed, or was closed. */
export class HeadroomStoreError extends HeadroomError {
  constructor(fields: HeadroomErrorFields) {
    super(fields)
    this.name = 'HeadroomStoreError'
    this.mark(markerOf('store'))
  }

  static override isInstance(error: unknown): error is HeadroomStoreError {
    return isMarked(error, markerOf('store'))
  }
}

/** A text is not one of ours, or parts were left out of it, so it cannot be decoded back. */
export class HeadroomDecodeError extends HeadroomError {
  constructor(fields: HeadroomErrorFields) {
    super(fields)
    this.name = 'HeadroomDecodeError'
    this.mark(markerOf('decode'))
  }

  static override isInstance(error: unknown): error is HeadroomDecodeError {
    return isMarked(error, markerOf('decode'))
  }
}

/** The caller's signal was aborted. `name` is `AbortError` as everywhere; `cause` is the signal's reason. */
export class HeadroomAbortError extends HeadroomError {
  constructor(reason?: unknown) {
    super({ code: 'aborted', title: 'the call was aborted', cause: reason })
    this.name = 'AbortError'
    this.mark(markerOf('abort'))
  }

  static override isInstance(error: unknown): error is HeadroomAbortError {
    return isMarked(error, markerOf('abort'))
  }
}

/** The native addon could not be loaded on this machine. */
export class HeadroomLoadError extends HeadroomError {
  constructor(fields: HeadroomErrorFields) {
    super(fields)
    this.name = 'HeadroomLoadError'
    this.mark(markerOf('load'))
  }

  static override isInstance(error: unknown): error is HeadroomLoadError {
    return isMarked(error, markerOf('load'))
  }
}

/** The class of the family that stands for a code. */
export function errorFor(fields: HeadroomErrorFields): HeadroomError {
  switch (fields.code) {
    case 'invalid_options':
    case 'invalid_format':
    case 'invalid_json':
    case 'invalid_plan':
    case 'invalid_ref':
    case 'invalid_selection':
      return new HeadroomValidationError(fields)
    case 'store':
    case 'closed':
      return new HeadroomStoreError(fields)
    case 'not_decodable':
      return new HeadroomDecodeError(fields)
    case 'aborted':
      return new HeadroomAbortError(fields.cause)
    case 'addon_not_loaded':
      return new HeadroomLoadError(fields)
    default:
      return new HeadroomError(fields)
  }
}
