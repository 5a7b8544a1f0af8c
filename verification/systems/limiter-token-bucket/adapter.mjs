import { burst, permits, serve, windowMs } from '../adapter.mjs';
import { TokenBucket } from 'limiter';

// The library limits one resource; a resource's bucket is made when it is first asked for.
const buckets = new Map();
const bucketOf = (key) => {
  if (!buckets.has(key)) {
    const bucket = new TokenBucket({ bucketSize: burst, tokensPerInterval: permits, interval: windowMs });
    // As documented a bucket starts empty; the tests expect a full one.
    bucket.content = burst;
    buckets.set(key, bucket);
  }
  return buckets.get(key);
};

const decide = (key, cost) => {
  const bucket = bucketOf(key);
  return bucket.tryRemoveTokens(cost) ? { allowed: true } : { allowed: false, retryAfterMs: bucket.getWaitTime(cost) };
};

serve('limiter', { cost: true }, decide);
