package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.Limit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A JVM that is killed while a program of its runs. */
final class StartsStubbornProgram {
  private StartsStubbornProgram() {}

  public static void main(String[] arguments) throws Exception {
    TestedProgram.start(
        TinyAdapter.command("stubborn"),
        Path.of("."),
        new Setup(Limit.of(1, Duration.ofSeconds(1)), "", ""));
    long child = ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().command().orElse("").contains("sleep"))
        .findFirst()
        .orElseThrow()
        .pid();
    System.out.println(child);
    TimeUnit.DAYS.sleep(1);
  }
}
