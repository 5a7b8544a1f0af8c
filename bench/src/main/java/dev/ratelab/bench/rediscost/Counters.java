package dev.ratelab.bench.rediscost;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counters of a Redis server that only grow, or what they grew by.
 *
 * @param cpuMicros processor time of the server, in the kernel and outside of it, in microseconds
 * @param commands commands executed, those that scripts call included
 * @param scripts scripts run
 * @param scriptMicros the time that they ran, in microseconds, by the server's own measurement
 * @param networkBytes bytes received and sent
 */
public record Counters(
    double cpuMicros, double commands, double scripts, double scriptMicros, double networkBytes) {
  private static final Pattern LINE = Pattern.compile(
      "(?m)^(used_cpu_sys|used_cpu_user|total_net_input_bytes|total_net_output_bytes):([0-9.]+)\\s*$");
  private static final Pattern COMMAND =
      Pattern.compile("(?m)^cmdstat_([^:]+):calls=(\\d+),usec=(\\d+)");

  static final Counters NONE = new Counters(0, 0, 0, 0, 0);

  /** Reads the answer to {@code INFO all}. */
  static Counters parse(String info) {
    double cpu = 0;
    double bytes = 0;
    for (Matcher line = LINE.matcher(info); line.find(); ) {
      double value = Double.parseDouble(line.group(2));
      if (line.group(1).startsWith("used_cpu")) {
        cpu += 1e6 * value;
      } else {
        bytes += value;
      }
    }
    double commands = 0;
    double scripts = 0;
    double scriptMicros = 0;
    for (Matcher command = COMMAND.matcher(info); command.find(); ) {
      double calls = Double.parseDouble(command.group(2));
      commands += calls;
      String name = command.group(1).toLowerCase(Locale.ROOT);
      if (name.startsWith("eval") || name.startsWith("fcall")) {
        scripts += calls;
        scriptMicros += Double.parseDouble(command.group(3));
      }
    }
    return new Counters(cpu, commands, scripts, scriptMicros, bytes);
  }

  Counters plus(Counters other) {
    return new Counters(
        cpuMicros + other.cpuMicros,
        commands + other.commands,
        scripts + other.scripts,
        scriptMicros + other.scriptMicros,
        networkBytes + other.networkBytes);
  }

  /** What they grew by since an earlier reading. */
  public Counters minus(Counters other) {
    return new Counters(
        cpuMicros - other.cpuMicros,
        commands - other.commands,
        scripts - other.scripts,
        scriptMicros - other.scriptMicros,
        networkBytes - other.networkBytes);
  }
}
