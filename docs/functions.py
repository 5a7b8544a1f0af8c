#!/usr/bin/env python3
"""Compares EVALSHA with FCALL for the limiters' scripts, and what each survives: docs/functions.md has what it printed.

usage: docs/functions.py [rounds] [redis-server]      run in the repository's root; needs a redis-server of 7.0 or later and Python 3
"""
import random, re, selectors, shutil, socket, statistics, struct, subprocess, sys, tempfile, time

FOLDER = 'limiter/src/main/resources/dev/ratelab/limiter/redis/'
ALGORITHMS = ['fixed-window', 'sliding-window-counter', 'sliding-window-buckets', 'sliding-window-log', 'token-bucket', 'gcra', 'leaky-bucket']
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
SERVER = sys.argv[2] if len(sys.argv) > 2 else 'redis-server'
CONNECTIONS, PIPELINE, KEYS, HOUR = 50, 16, 10_000, 3600e6


def lua(name):
    with open(FOLDER + name + '.lua') as file:
        return file.read()


def script(algorithm):
    """As Script.java puts it together."""
    def inlined(line):
        text = 'local %s, %s\n' % line.group(2, 3) if line.group(1) else ''
        for mark, piece in zip(('$q', '$r', '$a', '$b', '$d'), line.group(2, 3, 4, 5, 6)):
            text = (text or '') + (lua('muldiv') if mark == '$q' else '')
            text = text.replace(mark, piece)
        return text
    source = lua('gcra').replace('-- DELAY', lua(algorithm)) if algorithm == 'leaky-bucket' else lua(algorithm)
    body = re.sub(r'(?m)^ *(local )?(\w+), (\w+) = muldiv\(([^,\n]+), ([^,\n]+), ([^,\n]+)\)$', inlined, source)
    text = lua('single').replace('-- BODY', body)
    return 'local is_log = %s\n' % str(algorithm == 'sliding-window-log').lower() + text


def library():
    functions = {name: script(name) for name in ALGORITHMS}
    functions['no-op'] = 'return {0}'
    return '#!lua name=ratelab\n' + ''.join(
        "redis.register_function('%s', function(KEYS, ARGV)\n%s\nend)\n" % (name.replace('-', '_'), text)
        for name, text in functions.items())


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port))
        self.file = self.socket.makefile('rb')

    def call(self, *arguments):
        self.socket.sendall(encoded(arguments))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b'$':
            return None if rest == b'-1' else self.file.read(int(rest) + 2)[:-2]
        if kind == b'*':
            return [self.reply() for _ in range(int(rest))]
        return int(rest) if kind == b':' else RuntimeError(rest.decode()) if kind == b'-' else rest.decode()

    def micros(self, *arguments):
        """The server's own time for a call."""
        self.call('CONFIG', 'SET', 'slowlog-log-slower-than', 0)
        self.call('SLOWLOG', 'RESET')
        answer = self.call(*arguments)
        entries = self.call('SLOWLOG', 'GET', 20)
        self.call('CONFIG', 'SET', 'slowlog-log-slower-than', -1)
        name = arguments[0].encode()
        return answer, next(entry[2] for entry in entries if entry[3][0].upper() == name)


def encoded(arguments):
    parts = [part if isinstance(part, bytes) else str(part).encode() for part in arguments]
    return b'*%d\r\n' % len(parts) + b''.join(b'$%d\r\n%s\r\n' % (len(part), part) for part in parts)


class Redis:
    def __init__(self, *options, port=None, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix='ratelab-functions-')
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = port or free.getsockname()[1]
        self.process = subprocess.Popen(
            [SERVER, '--port', str(self.port), '--bind', '127.0.0.1', '--dir', self.folder, '--appendonly', 'no',
             *(options or ('--save', ''))], stdout=subprocess.DEVNULL)
        while True:
            try:
                self.connection = Connection(self.port)
                if self.connection.call('PING') == 'PONG':
                    break
            except OSError:
                time.sleep(0.02)

    def cpu(self):
        info = self.connection.call('INFO', 'cpu').decode()
        return sum(float(seconds) for seconds in re.findall(r'used_cpu_(?:user|sys):([0-9.]+)', info))

    def stop(self, keep=False):
        self.process.kill()
        self.process.wait()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def pipelines(command, seed, count=500):
    rnd = random.Random(seed)
    return [b''.join(encoded(command(rnd)) for _ in range(PIPELINE)) + encoded(['PING']) for _ in range(count)]


def load(sockets, work):
    """Sends each pipeline and awaits its end, on all connections at once; returns the seconds."""
    start, selector, waiting, tails = time.perf_counter(), selectors.DefaultSelector(), iter(work), {}
    for each in sockets:
        first = next(waiting, None)
        if first:
            each.sendall(first)
            selector.register(each, selectors.EVENT_READ)
    while selector.get_map():
        for key, _ in selector.select():
            each = key.fileobj
            tail = (tails.get(each, b'') + each.recv(1 << 18))[-7:]
            tails[each] = tail
            if tail == b'+PONG\r\n':
                tails[each] = b''
                more = next(waiting, None)
                if more:
                    each.sendall(more)
                else:
                    selector.unregister(each)
    return time.perf_counter() - start


def compare(redis):
    redis.connection.call('FUNCTION', 'LOAD', 'REPLACE', library())
    work = {}
    for name in ['no-op'] + ALGORITHMS:
        sha = redis.connection.call('SCRIPT', 'LOAD', 'return {0}' if name == 'no-op' else script(name)).decode()
        limit = struct.pack('<dddd', 100, HOUR, 10 if name == 'sliding-window-buckets' else 100, 1)
        for call, what in (('EVALSHA', sha), ('FCALL', name.replace('-', '_'))):
            work[name, call] = pipelines(lambda rnd: [
                call, what, 1, 'app:per-user:%s:{7}:%s%012d' % (sha[:6], call, rnd.randrange(KEYS)), limit], name)
            answer = redis.connection.call(call, what, 1, 'app:{7}:' + call + name, limit)
            assert not isinstance(answer, Exception), answer
    sockets = [socket.create_connection(('127.0.0.1', redis.port)) for _ in range(CONNECTIONS)]
    times = {each: [] for each in work}
    for turn in range(ROUNDS + 2):
        for each in random.Random(turn).sample(list(work), len(work)):
            before = redis.cpu()
            seconds = load(sockets, work[each])
            if turn >= 2:
                times[each].append((seconds, redis.cpu() - before))

    def ratio(one, other, of):
        values = sorted(b[of] / a[of] for a, b in zip(times[one], times[other]))
        low, high = int(len(values) / 2 - 0.98 * len(values) ** 0.5), int(len(values) / 2 + 0.98 * len(values) ** 0.5)
        return '%.2f (%.2f to %.2f)' % (statistics.median(values), values[low], values[min(high, len(values) - 1)])

    print('| script | rate, EVALSHA / no-op EVALSHA | processor time, no-op EVALSHA / EVALSHA | rate, FCALL / EVALSHA | processor time, EVALSHA / FCALL |')
    print('|---|--:|--:|--:|--:|')
    for name in ['no-op'] + ALGORITHMS:
        nothing, one, other = ('no-op', 'EVALSHA'), (name, 'EVALSHA'), (name, 'FCALL')
        print('| `%s` | %s | %s | %s | %s |' % (
            name, ratio(one, nothing, 0), ratio(one, nothing, 1), ratio(other, one, 0), ratio(other, one, 1)))


def knows(redis):
    limit = struct.pack('<dddd', 100, HOUR, 100, 1)
    sha = redis.connection.call('EVALSHA', SHA, 1, 'k', limit)
    function = redis.connection.call('FCALL', 'gcra', 1, 'k', limit)
    return '%s; %s' % tuple(str(each) if isinstance(each, Exception) else 'answers' for each in (sha, function))


def survive():
    global SHA
    def loaded(redis):
        redis.connection.call('FUNCTION', 'LOAD', 'REPLACE', library())
        return redis.connection.call('SCRIPT', 'LOAD', script('gcra')).decode()
    redis = Redis()
    SHA = loaded(redis)
    print('loaded: ' + knows(redis))
    for flush in ('SCRIPT', 'FUNCTION'):
        redis.connection.call(flush, 'FLUSH')
        print('%s FLUSH: %s' % (flush, knows(redis)))
        loaded(redis)
    replica = Redis()
    replica.connection.call('REPLICAOF', '127.0.0.1', redis.port)
    while b'master_link_status:up' not in replica.connection.call('INFO', 'replication'):
        time.sleep(0.05)
    redis.stop()
    replica.connection.call('REPLICAOF', 'NO', 'ONE')
    print('failover to a replica: ' + knows(replica))
    replica.stop()
    for options, what in ((('--save', ''), 'restart without a snapshot'), (('--save', '3600', '1'), 'restart from a snapshot')):
        redis = Redis(*options)
        loaded(redis)
        if 'snapshot' in what and '3600' in options:
            redis.connection.call('SAVE')
        redis.stop(keep=True)
        redis = Redis(*options, folder=redis.folder)
        print('%s: %s' % (what, knows(redis)))
        redis.stop()
    redis = Redis()
    costs = {'EVAL': [], 'FUNCTION': []}
    limit = struct.pack('<dddd', 100, HOUR, 100, 1)
    for _ in range(20):
        redis.connection.call('SCRIPT', 'FLUSH')
        costs['EVAL'].append(redis.connection.micros('EVAL', script('gcra'), 1, 'k', limit)[1])
        costs['FUNCTION'].append(redis.connection.micros('FUNCTION', 'LOAD', 'REPLACE', library())[1])
    print('reload: EVAL of gcra %d bytes, %d us; FUNCTION LOAD of all %d bytes, %d us' % (
        len(script('gcra')), statistics.median(costs['EVAL']), len(library()), statistics.median(costs['FUNCTION'])))
    redis.stop()


if __name__ == '__main__':
    survive()
    print('\nstandalone')
    redis = Redis()
    compare(redis)
    redis.stop()
    print('\na node of a cluster')
    redis = Redis('--save', '', '--cluster-enabled', 'yes')
    redis.connection.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383)
    while b'cluster_state:ok' not in redis.connection.call('CLUSTER', 'INFO'):
        time.sleep(0.05)
    compare(redis)
    redis.stop()
