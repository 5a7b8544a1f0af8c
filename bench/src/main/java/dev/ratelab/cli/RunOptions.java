package dev.ratelab.cli;

import dev.ratelab.bench.Profile;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that every command that measures has. */
final class RunOptions {
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description =
          "All loads are drawn from it: the same seed, the same load. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Where results go; a directory that holds none yet. Default: results/<date>-<time>")
  private @Nullable Path out;

  @Option(
      names = "--profile",
      paramLabel = "quick|full",
      defaultValue = "quick",
      converter = ProfileConverter.class,
      description =
          "quick: minutes on a laptop. full: long enough to publish. Default: ${DEFAULT-VALUE}")
  private Profile profile;

  @Option(
      names = "--redis",
      paramLabel = "URL|embedded|docker|none",
      defaultValue = "embedded",
      description = {
        "embedded: a Redis started here on a free port, gone when the run ends. docker: one through Testcontainers.",
        "URL: yours, redis://[user:pass@]host:port. none: memory only. Default: ${DEFAULT-VALUE}"
      })
  private String redis;

  long seed() {
    return seed;
  }

  Profile profile() {
    return profile;
  }

  /** What --redis says, as it was given. */
  String redis() {
    return redis;
  }

  Path out() {
    return out != null
        ? out
        : Path.of("results", LocalDateTime.now(ZoneId.systemDefault()).format(STAMP));
  }

  static final class ProfileConverter implements ITypeConverter<Profile> {
    @Override
    public Profile convert(String text) {
      for (Profile profile : Profile.values()) {
        if (profile.id().equals(text)) {
          return profile;
        }
      }
      throw new TypeConversionException(
          "'%s' is no profile; accepted: quick, full".formatted(text));
    }
  }
}
