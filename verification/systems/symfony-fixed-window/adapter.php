<?php
// php-symfony-rate-limiter behind JSON lines: adapter.php POLICY. PHP decides one question after the other.

require_once '/usr/share/php/Symfony/Component/RateLimiter/autoload.php';
require_once '/usr/share/php/Symfony/Component/Cache/autoload.php';
require_once '/usr/share/php/Symfony/Component/Lock/autoload.php';

use Symfony\Component\Cache\Adapter\RedisAdapter;
use Symfony\Component\Lock\LockFactory;
use Symfony\Component\Lock\Store\RedisStore;
use Symfony\Component\RateLimiter\RateLimiterFactory;
use Symfony\Component\RateLimiter\Storage\CacheStorage;
use Symfony\Component\RateLimiter\Storage\InMemoryStorage;

// A function of a namespace goes before PHP's own.
foreach (['Policy', 'Storage', 'Util'] as $part) {
    eval("namespace Symfony\\Component\\RateLimiter\\$part;"
        .'function microtime($float = true) { return \microtime(true) + getenv("RATELAB_CLOCK_AHEAD_MS") / 1000; }'
        .'function time() { return (int) microtime(true); }');
}

function say(array $answer): void
{
    echo json_encode($answer, JSON_THROW_ON_ERROR), "\n";
}

[, $policy] = $argv;
$permits = (int) getenv('RATELAB_PERMITS');
$interval = intdiv((int) getenv('RATELAB_WINDOW_MS'), 1000).' seconds';
$limit = 'token_bucket' === $policy
    ? ['limit' => (int) getenv('RATELAB_BURST'), 'rate' => ['interval' => $interval, 'amount' => $permits]]
    : ['limit' => $permits, 'interval' => $interval];
$redis = getenv('RATELAB_REDIS');
$namespace = getenv('RATELAB_NAMESPACE');
if ('' === $redis) {
    $storage = new InMemoryStorage();
    $factory = new RateLimiterFactory(['id' => 'check', 'policy' => $policy] + $limit, $storage);
    $size = function (): int { return count($this->buckets); };
    $size = $size->bindTo($storage, InMemoryStorage::class);
} else {
    $connection = RedisAdapter::createConnection($redis);
    $factory = new RateLimiterFactory(
        ['id' => $namespace, 'policy' => $policy] + $limit,
        new CacheStorage(new RedisAdapter($connection, $namespace)),
        new LockFactory(new RedisStore($connection))
    );
    $size = function () use ($connection, $namespace): int { return count($connection->keys($namespace.'*')); };
}

$version = trim((string) shell_exec("dpkg-query -W -f '\${Version}' php-symfony-rate-limiter"));
say(['name' => 'symfony-rate-limiter', 'version' => strtok($version, '+'), 'cost' => true, 'shared' => '' !== $redis,
    'size' => true, 'clock' => true, 'serial' => true]);
while (false !== $line = fgets(STDIN)) {
    $question = json_decode($line, true);
    try {
        if ('size' === ($question['op'] ?? '')) {
            say(['id' => $question['id'], 'size' => $size()]);
            continue;
        }
        $decision = $factory->create($question['key'])->consume($question['cost'] ?? 1);
        $now = \microtime(true) + getenv('RATELAB_CLOCK_AHEAD_MS') / 1000;
        say([
            'id' => $question['id'],
            'allowed' => $decision->isAccepted(),
            'remaining' => $decision->getRemainingTokens(),
            'retryAfterMs' => max(0, 1000 * ((float) $decision->getRetryAfter()->format('U.u') - $now)),
            'unitMs' => 'sliding_window' === $policy ? 1 : 1000,
        ]);
    } catch (Throwable $error) {
        say(['id' => $question['id'] ?? null, 'error' => $error->getMessage()]);
    }
}
