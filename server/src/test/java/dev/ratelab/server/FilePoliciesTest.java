package dev.ratelab.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.memory.MemoryJointRateLimiter;
import dev.ratelab.limiter.policy.JointDecision;
import dev.ratelab.limiter.policy.JointRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A file of policies that changes. Each poll is a tick; two of them are what a change needs. */
class FilePoliciesTest {
  private static final String FIVE = "policies:\n  p: {limit: 5, window: 31d}\n";
  private static final String NINE = "policies:\n  p: {limit: 9, window: 31d}\n";

  @TempDir
  private Path directory;

  private Path write(String text) throws Exception {
    return Files.writeString(directory.resolve("p.yaml"), text);
  }

  private static long limit(LivePolicies live) {
    return live.get()
        .policies()
        .resolve(null, List.of("p"))
        .get(0)
        .policy()
        .limit()
        .permits();
  }

  private static void tick(LivePolicies live) {
    live.poll();
    live.poll();
  }

  /** What breaks while it reads says nothing of the content, which must not be taken for read. */
  @Test
  void whatCouldNotBeReadIsTriedAgain() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    Loaded.Reader reader = document -> {
      if (broken.get()) {
        throw new IllegalStateException("planted by the test");
      }
      return Reading.any().read(document);
    };
    try (LivePolicies live = new LivePolicies(new FilePolicies(write(FIVE), reader))) {
      broken.set(true);
      write(NINE);
      tick(live);
      tick(live);
      assertThat(limit(live)).isEqualTo(5);

      broken.set(false);
      tick(live);
      assertThat(limit(live)).isEqualTo(9);
    }
  }

  @Test
  void aChangeIsServedWithTheSecondTick() throws Exception {
    Path file = write(FIVE);
    try (LivePolicies live = new LivePolicies(new FilePolicies(file, Reading.any()))) {
      assertThat(limit(live)).isEqualTo(5);
      write(NINE);

      live.poll();
      assertThat(limit(live)).as("who is still writing has written only a part").isEqualTo(5);
      live.poll();
      assertThat(limit(live)).isEqualTo(9);

      Served before = live.get();
      tick(live);
      assertThat(live.get()).as("nothing changed").isSameAs(before);
    }
  }

  /** As an editor saves that writes another file and renames it. */
  @Test
  void aFileThatIsRenamedOverItIsServed() throws Exception {
    Path file = write(FIVE);
    try (LivePolicies live = new LivePolicies(new FilePolicies(file, Reading.any()))) {
      Path other = Files.writeString(directory.resolve("other"), NINE);
      Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);

      tick(live);

      assertThat(limit(live)).as("of the same length and time").isEqualTo(9);
    }
  }

  /** As Kubernetes updates a ConfigMap: the file is a link into a directory that is a link, and that one is turned. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aLinkThatIsTurnedIsServed() throws Exception {
    Files.writeString(Files.createDirectory(directory.resolve("v1")).resolve("p.yaml"), FIVE);
    Files.writeString(Files.createDirectory(directory.resolve("v2")).resolve("p.yaml"), NINE);
    Path data = Files.createSymbolicLink(directory.resolve("..data"), Path.of("v1"));
    Path file = Files.createSymbolicLink(directory.resolve("p.yaml"), Path.of("..data", "p.yaml"));
    try (LivePolicies live = new LivePolicies(new FilePolicies(file, Reading.any()))) {
      assertThat(limit(live)).isEqualTo(5);
      Path next = Files.createSymbolicLink(directory.resolve("..next"), Path.of("v2"));
      Files.move(next, data, StandardCopyOption.REPLACE_EXISTING);

      tick(live);

      assertThat(limit(live)).isEqualTo(9);
    }
  }

  @Test
  void aWrongFileIsToldWithItsPlaceAndTheNextRightOneIsServed() throws Exception {
    Path file = write(FIVE);
    FilePolicies source = new FilePolicies(file, Reading.any());
    source.load();
    write("policies:\n  p: {limit: 0, window: 1s}\n");
    assertThat(source.poll()).isNull();

    for (int i = 0; i < 3; i++) {
      assertThatExceptionOfType(ConfigurationException.class)
          .as("each time, so that it is known that it is still wrong")
          .isThrownBy(source::poll)
          .withMessageStartingWith(file + ":2:7: /policies/p/limit: ");
    }

    write(NINE);
    assertThatExceptionOfType(ConfigurationException.class).isThrownBy(source::poll);
    Loaded right = source.poll();
    assertThat(right).isNotNull();
    assertThat(right.document().root().at("/policies/p/limit").intValue()).isEqualTo(9);
    assertThat(source.poll()).isNull();
  }

  @Test
  void aFileThatVanishesAndComesBackIsServed() throws Exception {
    Path file = write(FIVE);
    FilePolicies source = new FilePolicies(file, Reading.any());
    source.load();

    Files.delete(file);
    assertThat(source.poll())
        .as("perhaps another one is about to take its place")
        .isNull();
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(source::poll)
        .withMessage(file + ": the file cannot be read: NoSuchFile");
    write(FIVE);
    assertThatExceptionOfType(ConfigurationException.class).isThrownBy(source::poll);
    assertThat(source.poll()).isNotNull();
    assertThat(source.poll()).isNull();
  }

  /** A counter belongs to its policy's name, algorithm and limit, not to the file that named them. */
  @Test
  void countersOfPoliciesThatStayAreKeptAndAChangedLimitCountsAnew() throws Exception {
    Path file = write(FIVE + "  q: {limit: 5, window: 31d}\ndefault: p\n");
    try (LivePolicies live =
        new LivePolicies(new FilePolicies(file, Reading.on(MemoryJointRateLimiter.create())))) {
      assertThat(remaining(live, "p", 5)).isZero();
      assertThat(remaining(live, "q", 5)).isZero();

      write("""
          policies:
            p: {limit: 5, window: 31d, on-failure: fail-open}
            q: {limit: 6, window: 31d}
            new: {limit: 7, window: 31d}
          default: q
          """);
      tick(live);

      assertThat(denied(live, "p")).as("unchanged but for its failure policy").isTrue();
      assertThat(remaining(live, "q", 6)).as("a counter of its own").isZero();
      assertThat(remaining(live, "new", 1)).isEqualTo(6);

      write(FIVE + "  q: {limit: 5, window: 31d}\ndefault: p\n");
      tick(live);

      assertThat(denied(live, "q")).as("the limit is back, and so is its count").isTrue();
    }
  }

  private static JointDecision check(LivePolicies live, String policy, long cost) {
    Served served = live.get();
    JointRequest request =
        new JointRequest(null, "key", cost, served.policies().resolve(null, List.of(policy)));
    return served.limiter(request).check(request);
  }

  private static long remaining(LivePolicies live, String policy, long cost) {
    JointDecision decision = check(live, policy, cost);
    assertThat(decision.decision().allowed()).isTrue();
    return decision.decision().remaining();
  }

  private static boolean denied(LivePolicies live, String policy) {
    return !check(live, policy, 1).decision().allowed();
  }
}
