/**
 * `headroom/server`: requests for a model that an application's own server is sent, made smaller before its handlers
 * read them.
 *
 * ```js
 * import { headroomExpress } from 'headroom/server'
 *
 * app.post('/api/chat', headroomExpress(), express.json(), handler)
 * ```
 *
 * @module
 */
export type { StoreOption } from './store.js'
export type { WireReport } from './wire.js'
export {
  type FastifyLike,
  type NodeMiddleware,
  type NodeRequest,
  headroomExpress,
  headroomFastify,
} from './server/node.js'
export type { ServerOptions } from './server/shrinker.js'
export { type HonoContext, compressRequest, headroomHandler, headroomHono, headroomRoute } from './server/standard.js'
