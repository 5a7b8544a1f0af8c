package dev.ratelab.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** When and on what a run is made, and what about it should make a reader careful. */
public final class Environment {
  private static final int FEW_CORES = 4;

  private Environment() {}

  /** The facts in the order to be shown; each name that begins with {@code warning} is a sentence for the reader. */
  public static Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("version", version());
    commit().ifPresent(commit -> facts.put("commit", commit));
    facts.put("os", property("os.name") + " " + property("os.version") + " " + property("os.arch"));
    facts.put("cpu", cpu());
    int cores = Runtime.getRuntime().availableProcessors();
    facts.put("cores", Integer.toString(cores));
    facts.put("memory", memory());
    List<String> flags = ManagementFactory.getRuntimeMXBean().getInputArguments();
    facts.put(
        "jvm",
        property("java.vm.name") + " " + property("java.vm.version")
            + (flags.isEmpty() ? "" : ", flags " + String.join(" ", flags)));
    if (cores < FEW_CORES) {
      facts.put(
          "warning_cores",
          "only %d cores: the load generator, the client and Redis share them, so absolute speeds and tails are those of a crowded machine; compare rows with each other and with the physical limit"
              .formatted(cores));
    }
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    if (load > 0.25 * cores) {
      facts.put(
          "warning_load",
          String.format(
              Locale.ROOT, "the machine was busy when the run began: load average %.1f", load));
    }
    if (flags.stream().anyMatch(f -> f.startsWith("-agentlib") || f.startsWith("-javaagent"))) {
      facts.put("warning_agent", "a debugger or an agent is attached to the JVM and slows it down");
    }
    if (flags.contains("-Xint") || flags.contains("-XX:+DisableExplicitGC")) {
      facts.put(
          "warning_flags",
          "the JVM's flags make these numbers useless: -Xint or DisableExplicitGC");
    }
    return facts;
  }

  private static String version() {
    String version = Environment.class.getPackage().getImplementationVersion();
    return Objects.requireNonNullElse(version, "(not packaged)");
  }

  private static Optional<String> commit() {
    try {
      Process git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
          .directory(home().toFile())
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      String text = new String(git.getInputStream().readAllBytes(), UTF_8).strip();
      return git.waitFor(5, TimeUnit.SECONDS) && git.exitValue() == 0 && !text.isEmpty()
          ? Optional.of(text)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  // Where this class was loaded from: what is measured, whatever the working directory is.
  private static Path home() {
    try {
      Path code = Path.of(
          Environment.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return Objects.requireNonNull(code.toAbsolutePath().getParent());
    } catch (URISyntaxException e) {
      return Path.of("");
    }
  }

  private static String cpu() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(property("os.arch"));
    } catch (IOException | UncheckedIOException e) {
      return Objects.requireNonNullElse(System.getenv("PROCESSOR_IDENTIFIER"), property("os.arch"));
    }
  }

  private static String memory() {
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    String most = "heap at most " + heap + " MiB";
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean os
        ? (os.getTotalMemorySize() >> 20) + " MiB, " + most
        : most;
  }

  private static String property(String name) {
    return System.getProperty(name, "?");
  }
}
