import { permits, serve, windowMs } from '../adapter.mjs';
import { RateLimiter } from 'limiter';

// The library limits one resource; a resource's limiter is made when it is first asked for.
const limiters = new Map();
const limiterOf = (key) => {
  if (!limiters.has(key)) limiters.set(key, new RateLimiter({ tokensPerInterval: permits, interval: windowMs }));
  return limiters.get(key);
};

const decide = (key, cost) => {
  const limiter = limiterOf(key);
  return limiter.tryRemoveTokens(cost) ? { allowed: true } : { allowed: false, retryAfterMs: limiter.getWaitTime(cost) };
};

serve('limiter', { cost: true }, decide);
