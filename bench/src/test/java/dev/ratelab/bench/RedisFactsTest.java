package dev.ratelab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

class RedisFactsTest {
  @Test
  void aServersAllocatorAndSettingsAreWrittenDown() {
    try (RunningRedis redis = RunningRedis.open("embedded");
        Jedis admin = new Jedis(redis.address().host(), redis.address().port())) {
      admin.configSet("maxmemory", "104857600");

      List<Notice> warnings = new ArrayList<>();
      Map<String, String> facts =
          RedisUnderTest.at(redis.address().toString()).facts(warnings::add);

      assertThat(facts.get("redis_allocator")).matches("(jemalloc|libc).*");
      assertThat(facts.get("redis_config"))
          .contains("save \"\", appendonly no, maxmemory 104857600, maxmemory-policy noeviction");
      assertThat(warnings).isEmpty();
    }
  }

  /** A login that may run scripts need not be an administrator's. */
  @Test
  void whatTheLoginMayNotAskForIsSaid() {
    try (RunningRedis redis = RunningRedis.open("embedded");
        Jedis admin = new Jedis(redis.address().host(), redis.address().port())) {
      admin.aclSetUser("plain", "on", ">secret", "~*", "+@all", "-config");
      String url = "redis://plain:secret@%s:%d"
          .formatted(redis.address().host(), redis.address().port());

      Map<String, String> facts = RedisUnderTest.at(url).facts(warning -> {});

      assertThat(facts.get("redis_config")).startsWith("not to be read: NOPERM");
      assertThat(facts).containsKey("redis_allocator");
    }
  }
}
