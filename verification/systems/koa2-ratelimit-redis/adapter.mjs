import { behindHttp, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import Koa from 'koa';
import koa2Ratelimit from 'koa2-ratelimit';

const { RateLimit, Stores } = koa2Ratelimit;
const app = new Koa();
app.silent = true;
app.use(
  RateLimit.middleware({
    interval: windowMs,
    max: permits,
    store: new Stores.Redis({ url: redisUrl }),
    keyGenerator: (context) => namespace + context.query.key,
  }),
);
app.use((context) => {
  context.body = 'admitted';
});

serve('koa2-ratelimit', { shared: true }, await behindHttp(app.callback()));
