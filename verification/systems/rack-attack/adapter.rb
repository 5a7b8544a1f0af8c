# frozen_string_literal: true

# ruby-rack-attack behind JSON lines: each question is a request through the middleware, in a thread of its own.
require "json"

AHEAD = ENV.fetch("RATELAB_CLOCK_AHEAD_MS").to_i / 1000.0
Time.singleton_class.prepend(Module.new { def now(...) = super + AHEAD })

require "rack"
require "rack/attack"
require "active_support"
require "active_support/cache"
require "redis"

redis = ENV.fetch("RATELAB_REDIS")
Rack::Attack.cache.store = redis.empty? ? ActiveSupport::Cache::MemoryStore.new : Redis.new(url: redis)
Rack::Attack.cache.prefix = ENV.fetch("RATELAB_NAMESPACE")
Rack::Attack.throttled_response_retry_after_header = true
Rack::Attack.throttle("check", limit: ENV.fetch("RATELAB_PERMITS").to_i,
                               period: ENV.fetch("RATELAB_WINDOW_MS").to_i / 1000) { |request| request.params["key"] }
middleware = Rack::Attack.new(->(_env) { [200, {}, []] })

$stdout.sync = true
turn = Mutex.new
say = ->(answer) { turn.synchronize { $stdout.puts(JSON.generate(answer)) } }

size = -> { Rack::Attack.cache.store.scan_each(match: "#{Rack::Attack.cache.prefix}*").count }

answer = lambda do |question|
  next say.call({ id: question["id"], size: size.call }) if question["op"] == "size"

  env = Rack::MockRequest.env_for("/check?#{Rack::Utils.build_query('key' => question['key'])}")
  status, headers, = middleware.call(env)
  told = { id: question["id"], allowed: status == 200 }
  told[:retryAfterS] = headers["retry-after"].to_i if headers["retry-after"]
  say.call(told)
rescue StandardError => e
  say.call({ id: question["id"], error: e.full_message(highlight: false) })
end

say.call({ name: "rack-attack", version: Gem.loaded_specs["rack-attack"]&.version.to_s, shared: !redis.empty?,
           # In memory the store's size is bounded, as its documentation says: it drops what is old when it must.
           size: !redis.empty?, clock: true })
$stdin.each_line { |line| Thread.new { answer.call(JSON.parse(line)) } }
