package dev.ratelab.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ratelab.bench.peer.CodeLocation;
import dev.ratelab.bench.workload.TextLines;
import dev.ratelab.reports.results.Notice;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryManagerMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** When and on what a run is made, and what about it should make a reader careful. */
public final class Environment {
  private static final int FEW_CORES = 4;
  private static final String UNKNOWN_GOVERNOR = "not shown by this machine";

  private Environment() {}

  /** The facts in the order to be shown. */
  public static Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("version", version());
    commit().ifPresent(commit -> facts.put("commit", commit));
    facts.put("os", property("os.name") + " " + property("os.version") + " " + property("os.arch"));
    facts.put("cpu", cpu());
    int cores = Runtime.getRuntime().availableProcessors();
    facts.put("cores", Integer.toString(cores));
    facts.put("governor", governor());
    facts.put("memory", memory());
    List<String> flags = ManagementFactory.getRuntimeMXBean().getInputArguments();
    facts.put(
        "jvm",
        property("java.vm.name") + " " + property("java.vm.version")
            + (flags.isEmpty() ? "" : ", flags " + String.join(" ", flags)));
    facts.put(
        "gc",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(MemoryManagerMXBean::getName)
            .collect(Collectors.joining(", ")));
    return facts;
  }

  /** What about the machine and its JVM a reader must know before believing a number. */
  public static List<Notice> warnings() {
    List<Notice> warnings = new ArrayList<>();
    int cores = Runtime.getRuntime().availableProcessors();
    List<String> flags = ManagementFactory.getRuntimeMXBean().getInputArguments();
    if (cores < FEW_CORES) {
      warnings.add(Notice.warning(
          "cores",
          "only %s: the load generator, the client and Redis share them, so absolute speeds and tails are those of a crowded machine; compare rows with each other and with the physical limit"
              .formatted(TextLines.counted(cores, "core"))));
    }
    if (!governor().equals(UNKNOWN_GOVERNOR) && !governor().equals("performance")) {
      warnings.add(Notice.warning(
          "governor",
          "the CPU's frequency follows the load (governor %s), so what runs first runs slower"
              .formatted(governor())));
    }
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    if (load > 0.25 * cores) {
      warnings.add(Notice.warning(
          "load",
          String.format(
              Locale.ROOT, "the machine was busy when the run began: load average %.1f", load)));
    }
    if (flags.stream().anyMatch(f -> f.startsWith("-agentlib") || f.startsWith("-javaagent"))) {
      warnings.add(Notice.warning(
          "agent", "a debugger or an agent is attached to the JVM and slows it down"));
    }
    // What HotSpot's builds call themselves; a product says "release".
    if (!System.getProperty("jdk.debug", "release").equals("release")) {
      warnings.add(Notice.warning("jvm", "a debug build of the JVM: its speeds mean nothing"));
    }
    if (flags.contains("-Xint") || flags.contains("-XX:+DisableExplicitGC")) {
      warnings.add(Notice.warning(
          "flags", "the JVM's flags make these numbers useless: -Xint or DisableExplicitGC"));
    }
    return warnings;
  }

  /**
   * The flags that this JVM was started with, for those that it starts to measure: the results name one set of flags. Without the
   * debugger, because two JVMs cannot listen on one port.
   */
  public static List<String> inheritedFlags() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(arg -> !arg.startsWith("-agentlib:jdwp") && !arg.startsWith("-Xrunjdwp"))
        .toList();
  }

  /** The command that starts a class of ours in a JVM like this one; its arguments follow. */
  public static List<String> java(Class<?> main, String... flags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(property("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(inheritedFlags());
    String path = Stream.of(property("java.class.path").split(File.pathSeparator, -1))
        .map(part -> Path.of(part).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
    command.addAll(List.of("-cp", path, main.getName()));
    return command;
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

  /** The folder that holds what runs. */
  public static Path home() {
    return Objects.requireNonNull(CodeLocation.of(Environment.class).getParent());
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

  // How the kernel sets the clock's frequency; a virtual machine is not told.
  private static String governor() {
    try {
      return Files.readString(Path.of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"))
          .strip();
    } catch (IOException e) {
      return UNKNOWN_GOVERNOR;
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
