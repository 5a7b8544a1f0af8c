package dev.ratelab.server.policies;

import static dev.ratelab.server.policies.PolicyReaders.limit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.check.ActivePolicies;
import dev.ratelab.server.telemetry.Logged;
import java.io.RandomAccessFile;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A file of policies that changes. Each poll is a look. The time limit only ends a hang. */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FilePoliciesTest {
  private static final String FIVE = "policies:\n  p: {limit: 5, window: 31d}\n";
  private static final String NINE = "policies:\n  p: {limit: 9, window: 31d}\n";

  @TempDir
  private Path directory;

  /** What the next look is told. */
  private FileChanges.How how = FileChanges.How.UNKNOWN;

  private boolean closed;

  private Path write(String text) throws Exception {
    return Files.writeString(directory.resolve("p.yaml"), text);
  }

  private LivePolicies live(Path file, PolicySnapshot.Reader reader) throws Exception {
    return new LivePolicies(
        new FilePolicies(
            file,
            () -> {
              FileChanges.How told = how;
              how = FileChanges.How.UNKNOWN;
              return told;
            },
            () -> closed = true),
        reader);
  }

  @Test
  void whatWatchesTheFileIsClosedWithIt() throws Exception {
    live(write(FIVE)).close();
    assertThat(closed).isTrue();
  }

  /** With the events of the system, as the server has them. They come in their own time, so this waits until another has them. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void theEventsOfARealDirectoryTellARenameFromASlowWriter() throws Exception {
    Path file = write(FIVE);
    boolean atOnce = false;
    while (!atOnce) {
      try (LivePolicies live = new LivePolicies(new FilePolicies(file), PolicyReaders.any());
          FileChanges other = new FileChanges(file)) {
        long before = limit(live);
        try (Writer writer = Files.newBufferedWriter(file)) {
          writer.append("policies:\n  p:\n    window: 31d\n    limit: 1").flush();
          await(other, FileChanges.How.WRITTEN);
          poll(live, FilePolicies.STABLE);
          assertThat(limit(live)).as("half of a number").isEqualTo(before);
          writer.append("00\n").flush();
        }
        second(live);
        assertThat(limit(live)).isEqualTo(100);

        Path next = Files.writeString(directory.resolve("next"), NINE);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
        await(other, FileChanges.How.WHOLE);
        poll(live, 2);
        atOnce = limit(live) == 9;
        second(live);
        assertThat(limit(live)).isEqualTo(9);
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aRenameIsToldFromWhatIsWrittenInPlace() throws Exception {
    Path file = Files.writeString(directory.resolve("p"), "first");
    try (FileChanges renames = new FileChanges(file)) {
      assertThat(renames.get()).isEqualTo(FileChanges.How.UNKNOWN);

      Files.writeString(file, "in place");
      await(renames, FileChanges.How.WRITTEN);

      Path other = Files.writeString(directory.resolve("other"), "renamed");
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      await(renames, FileChanges.How.WHOLE);

      Files.delete(file);
      Files.writeString(file, "removed and written anew");
      await(renames, FileChanges.How.WRITTEN);
      assertThat(renames.get()).as("each is told once").isEqualTo(FileChanges.How.UNKNOWN);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whereNothingCanBeWatchedNothingIsKnown() {
    try (FileChanges renames = new FileChanges(directory.resolve("absent").resolve("p"))) {
      assertThat(renames.get()).isEqualTo(FileChanges.How.UNKNOWN);
    }
  }

  private static void await(FileChanges renames, FileChanges.How how) {
    while (renames.get() != how) {
      Thread.onSpinWait();
    }
  }

  private LivePolicies live(Path file) throws Exception {
    return live(file, PolicyReaders.any());
  }

  private static void poll(LivePolicies live, int times) {
    for (int i = 0; i < times; i++) {
      live.poll();
    }
  }

  /** As long as a file must have stayed that is written where it lies, and once for the change itself. */
  private static void second(LivePolicies live) {
    poll(live, 1 + FilePolicies.STABLE);
  }

  /** What breaks while it reads says nothing of the content, which must not be taken for read. */
  @Test
  void whatCouldNotBeReadIsTriedAgain() throws Exception {
    AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
    PolicySnapshot.Reader reader = document -> {
      if (broken.get() instanceof RuntimeException e) {
        throw e;
      }
      if (broken.get() instanceof Error e) {
        throw e;
      }
      return PolicyReaders.any().read(document);
    };
    try (LivePolicies live = live(write(FIVE), reader)) {
      broken.set(new IllegalStateException("planted by the test"));
      write(NINE);
      second(live);
      broken.set(new StackOverflowError("planted by the test"));
      live.poll();
      assertThat(limit(live)).isEqualTo(5);

      broken.set(null);
      live.poll();
      assertThat(limit(live)).isEqualTo(9);
    }
  }

  @Test
  void aFileThatIsWrittenWhereItLiesIsServedWhenItHasStayedForASecond() throws Exception {
    Path file = write(FIVE);
    try (LivePolicies live = live(file)) {
      assertThat(limit(live)).isEqualTo(5);
      write("policies:\n  p: {limit: 5, window: 31d}\n  q: {limit: 1");
      poll(live, FilePolicies.STABLE);
      write(NINE);
      poll(live, FilePolicies.STABLE);
      assertThat(limit(live)).as("who is still writing has written only a part").isEqualTo(5);
      live.poll();
      assertThat(limit(live)).isEqualTo(9);

      ActivePolicies before = live.get();
      second(live);
      assertThat(live.get()).as("nothing changed").isSameAs(before);
    }
  }

  /** Half a number is a right file: it was served after a pause of half a second. */
  @Test
  void aWriterThatPausesWithinANumberIsWaitedFor() throws Exception {
    Path file = write(FIVE);
    try (LivePolicies live = live(file);
        Writer writer = Files.newBufferedWriter(file)) {
      writer.append("policies:\n  p: {window: 31d, burst: 5, limit: 1").flush();
      how = FileChanges.How.WRITTEN;
      poll(live, FilePolicies.STABLE);
      writer.append("00}\n").flush();
      second(live);

      assertThat(limit(live)).isEqualTo(100);
    }
  }

  /** As an editor saves that writes another file and renames it. */
  @Test
  void aFileThatIsRenamedOverItIsServedWithTheSecondLook() throws Exception {
    Path file = write(FIVE);
    try (LivePolicies live = live(file)) {
      Path other = Files.writeString(directory.resolve("other"), NINE);
      Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      live.poll();
      assertThat(limit(live)).isEqualTo(5);
      how = FileChanges.How.WHOLE;
      live.poll();

      assertThat(limit(live)).as("of the same length and time").isEqualTo(9);
    }
  }

  /** As git and tar write it. */
  @Test
  void aFileThatIsRemovedAndWrittenAnewIsWaitedFor() throws Exception {
    Path file = write(FIVE);
    try (LivePolicies live = live(file)) {
      Files.delete(file);
      live.poll();
      write(NINE.replace("9", "1"));
      how = FileChanges.How.WHOLE;
      live.poll();
      how = FileChanges.How.WRITTEN;
      poll(live, FilePolicies.STABLE - 1);
      write(NINE);
      poll(live, FilePolicies.STABLE);
      assertThat(limit(live)).isEqualTo(5);
      live.poll();

      assertThat(limit(live)).isEqualTo(9);
    }
  }

  /** As Kubernetes updates a ConfigMap: the file is a link into a directory that is a link, and that one is turned. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aLinkThatIsTurnedIsServedWithTheSecondLook() throws Exception {
    Files.writeString(Files.createDirectory(directory.resolve("v1")).resolve("p.yaml"), FIVE);
    Files.writeString(Files.createDirectory(directory.resolve("v2")).resolve("p.yaml"), NINE);
    Path data = Files.createSymbolicLink(directory.resolve("..data"), Path.of("v1"));
    Path file = Files.createSymbolicLink(directory.resolve("p.yaml"), Path.of("..data", "p.yaml"));
    try (LivePolicies live = live(file)) {
      assertThat(limit(live)).isEqualTo(5);
      live.poll();
      Path next = Files.createSymbolicLink(directory.resolve("..next"), Path.of("v2"));
      Files.move(next, data, StandardCopyOption.REPLACE_EXISTING);

      poll(live, 2);

      assertThat(limit(live)).isEqualTo(9);

      Files.delete(file);
      write(FIVE);
      how = FileChanges.How.WRITTEN;
      poll(live, FilePolicies.STABLE);
      assertThat(limit(live))
          .as("what is written where a link was is waited for")
          .isEqualTo(9);
      live.poll();
      assertThat(limit(live)).isEqualTo(5);
    }
  }

  @Test
  void aWrongFileIsToldWithItsPlaceAndTheNextRightOneIsServed() throws Exception {
    Path file = write(FIVE);
    try (LivePolicies live = live(file);
        Logged log = new Logged(LivePolicies.class)) {
      write("policies:\n  p: {limit: 0, window: 1s}\n");
      poll(live, FilePolicies.STABLE);
      assertThat(log.warnings()).isEmpty();
      poll(live, 3);
      assertThat(log.warnings()).hasSize(1);
      assertThat(log.warnings().get(0)).startsWith(file + ":2:7: /policies/p/limit: ");

      write(NINE);
      second(live);
      assertThat(limit(live)).isEqualTo(9);
      assertThat(log.warnings())
          .hasSize(2)
          .last()
          .isEqualTo(file + ": the policies there are right and served");
    }
  }

  @Test
  void aFileThatVanishesAndComesBackIsServed() throws Exception {
    Path file = write(FIVE);
    try (LivePolicies live = live(file);
        Logged log = new Logged(LivePolicies.class)) {
      Files.delete(file);
      poll(live, FilePolicies.STABLE);
      assertThat(log.warnings())
          .as("perhaps another one is about to take its place")
          .isEmpty();
      live.poll();
      assertThat(log.warnings())
          .containsExactly(
              file
                  + ": the file cannot be read: there is no such file; the policies from before are still served");
      write(FIVE);
      second(live);
      assertThat(log.warnings()).hasSize(2);
      assertThat(limit(live)).isEqualTo(5);
    }
  }

  /** Each ended the looking for ever, without a word: no end, no writer, no memory. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whatIsNoSmallRegularFileIsToldAndTheNextOneIsServed() throws Exception {
    Path file = write(FIVE);
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path huge = directory.resolve("huge");
    try (RandomAccessFile sparse = new RandomAccessFile(huge.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    try (LivePolicies live = live(file);
        Logged log = new Logged(LivePolicies.class)) {
      for (Path each : List.of(Path.of("/dev/zero"), pipe, huge, directory)) {
        Files.delete(file);
        Files.createSymbolicLink(file, each);
        second(live);
        assertThat(log.warnings())
            .last()
            .asString()
            .startsWith(file + ": the file cannot be read: it is ")
            .contains("; accepted: a regular file of at most 3 MiB; ");
      }
      assertThat(log.warnings()).as("pipe and device are one").hasSize(3);
      assertThat(limit(live)).isEqualTo(5);

      Files.delete(file);
      write(NINE);
      second(live);
      assertThat(limit(live)).isEqualTo(9);
    }
  }

  /** A counter belongs to its policy's name, algorithm and limit, not to the file that named them. */
  @Test
  void countersOfPoliciesThatStayAreKeptAndAChangedLimitCountsAnew() throws Exception {
    Path file = write(FIVE + "  q: {limit: 5, window: 31d}\ndefault: p\n");
    try (LivePolicies live = live(file, PolicyReaders.on(RateLimiters.inMemory()))) {
      assertThat(remaining(live, "p", 5)).isZero();
      assertThat(remaining(live, "q", 5)).isZero();

      write("""
          policies:
            p: {limit: 5, window: 31d, on-failure: fail-open}
            q: {limit: 6, window: 31d}
            new: {limit: 7, window: 31d}
          default: q
          """);
      second(live);

      assertThat(denied(live, "p")).as("unchanged but for its failure policy").isTrue();
      assertThat(remaining(live, "q", 6)).as("a counter of its own").isZero();
      assertThat(remaining(live, "new", 1)).isEqualTo(6);

      write(FIVE + "  q: {limit: 5, window: 31d}\ndefault: p\n");
      second(live);

      assertThat(denied(live, "q")).as("the limit is back, and so is its count").isTrue();
    }
  }

  private static RequestDecision check(LivePolicies live, String policy, long cost) {
    ActivePolicies served = live.get();
    Request request =
        new Request(null, "key", cost, served.policies().resolve(null, List.of(policy)));
    return served.limiter(request).check(request);
  }

  private static long remaining(LivePolicies live, String policy, long cost) {
    RequestDecision decision = check(live, policy, cost);
    assertThat(decision.decision().allowed()).isTrue();
    return decision.decision().remaining();
  }

  private static boolean denied(LivePolicies live, String policy) {
    return !check(live, policy, 1).decision().allowed();
  }
}
