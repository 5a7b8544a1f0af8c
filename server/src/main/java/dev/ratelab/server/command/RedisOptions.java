package dev.ratelab.server.command;

import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.TlsFiles;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.policies.ConfigurationException;
import dev.ratelab.server.policies.Secret;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which Redis is used, and how it is logged in to. */
final class RedisOptions {
  /** The environment variable that can hold the password. */
  static final String VARIABLE = "RATELAB_REDIS_PASSWORD";

  private static final String MEMORY = "none";

  @Option(
      names = "--redis",
      paramLabel = "URL|embedded|embedded-cluster:N|docker|none",
      defaultValue = "embedded",
      description = {
        "embedded: a Redis started here on a free port, gone when the server ends, though not if it breaks down. docker: one through Testcontainers.",
        "embedded-cluster:N: a Redis Cluster of N primaries, each with a replica; of fewer than 3 no replica is elected.",
        "URL: yours, redis://[[user]:pass@]host:port, or rediss:// for TLS. none: in this process's memory.",
        "Default: ${DEFAULT-VALUE}"
      })
  private String redis;

  @Option(
      names = "--redis-password-file",
      paramLabel = "FILE",
      description = {
        "A file with the password for Redis, whose URL is then redis://[user@]host:port. The environment variable",
        VARIABLE
            + " can hold it instead. The command line shows a password in the URL to every user of the machine."
      })
  private @Nullable Path passwordFile;

  @Option(
      names = "--redis-ca",
      paramLabel = "FILE",
      description = {
        "The authorities that may have signed the certificate of a rediss:// URL, in PEM.",
        "Default: those that the Java runtime trusts"
      })
  private @Nullable Path authorities;

  @Option(
      names = "--redis-cert",
      paramLabel = "FILE",
      description =
          "The certificate to show to a rediss:// URL that asks for one, and its chain, in PEM.")
  private @Nullable Path certificate;

  @Option(
      names = "--redis-key",
      paramLabel = "FILE",
      description = "Its private key, in PEM (PKCS #8).")
  private @Nullable Path key;

  boolean none() {
    return redis.equals(MEMORY);
  }

  /** Throws if the options do not fit together. Reads no file and asks nobody. */
  void check() {
    TlsFiles files = files();
    boolean url = redis.contains("://");
    if (!url && (passwordFile != null || !files.equals(TlsFiles.NONE))) {
      throw new IllegalArgumentException(
          "a password or certificates for Redis without the URL of one; accepted: with --redis redis://[user@]host:port");
    }
    if (!files.equals(TlsFiles.NONE) && !redis.toLowerCase(Locale.ROOT).startsWith("rediss:")) {
      throw new IllegalArgumentException(
          "certificates for a Redis without TLS; accepted: with --redis rediss://host:port");
    }
  }

  private TlsFiles files() {
    return new TlsFiles(authorities, certificate, key);
  }

  /**
   * Has it ready, with the value of {@link #VARIABLE} or null. Of a Redis that is not our own it is not asked whether it is there.
   *
   * @throws IllegalArgumentException if the options do not fit together
   * @throws ConfigurationException if the password cannot be used; the message never has it
   * @throws dev.ratelab.limiter.redis.launch.NoRedisException if one of our own cannot be had
   */
  RunningRedis open(@Nullable String password) throws ConfigurationException {
    Secret secret = Secret.find("password", passwordFile, VARIABLE, password);
    if (secret != null && secret.text().isEmpty()) {
      throw secret.wrong("the password is empty; accepted: at least one character");
    }
    if (!redis.contains("://")) {
      if (secret != null) {
        throw secret.wrong(
            "a password for Redis without the URL of one; accepted: with --redis redis://[user@]host:port");
      }
      return RunningRedis.open(redis);
    }
    RedisAddress address = RedisAddress.parse(redis, secret == null ? null : secret.text());
    return RunningRedis.at(address.withFiles(files()));
  }
}
