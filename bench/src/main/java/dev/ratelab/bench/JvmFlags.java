package dev.ratelab.bench;

import java.lang.management.ManagementFactory;
import java.util.List;

/** The flags that this JVM was started with, for those that it starts to measure: the results name one set of flags. */
public final class JvmFlags {
  private JvmFlags() {}

  /** Without the debugger: two JVMs cannot listen on one port. */
  public static List<String> inherited() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(arg -> !arg.startsWith("-agentlib:jdwp") && !arg.startsWith("-Xrunjdwp"))
        .toList();
  }
}
