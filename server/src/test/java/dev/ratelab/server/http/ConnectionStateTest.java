package dev.ratelab.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.server.http.ConnectionState.Event;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every state times every event, of connections and of their requests, and what holds on every way through them. */
class ConnectionStateTest {
  /** For each state and event the next state: a dot is the same one, a dash what cannot happen. */
  private static final String CONNECTION = """
      .           ADMITTED SPARED REQUEST   LAST_REQUEST DRAIN     LAST_CALL_OVER INPUT_END   ALL_ANSWERED STREAM    SENT      GONE
      NEW         OPEN     SPARE  -         -            CLOSED    -              CLOSED      -            -         -         CLOSED
      SPARE       -        -      FINISHING FINISHING    .         CLOSING        HALF_CLOSED -            -         -         CLOSED
      OPEN        -        -      .         FINISHING    LAST_CALL -              HALF_CLOSED -            -         -         CLOSED
      LAST_CALL   -        -      .         FINISHING    .         CLOSING        HALF_CLOSED -            -         -         CLOSED
      FINISHING   -        -      -         .            .         .              HALF_CLOSED ENDING       STREAMING -         CLOSED
      HALF_CLOSED -        -      -         .            .         .              .           CLOSING      STREAMING -         CLOSED
      ENDING      -        -      -         -            .         .              CLOSING     -            -         LINGERING CLOSED
      CLOSING     -        -      -         -            .         .              .           -            -         CLOSED    CLOSED
      LINGERING   -        -      -         -            .         .              CLOSED      -            -         -         CLOSED
      STREAMING   -        -      -         -            .         .              CLOSED      -            -         -         CLOSED
      CLOSED      -        -      -         -            .         .              .           -            -         .         .
      """;

  private static final String REQUEST = """
      .           GO_ON    WHOLE    ANSWER   TURN CUT
      EXPECTING   ARRIVING DECIDING ANSWERED -    DONE
      ARRIVING    .        DECIDING ANSWERED -    DONE
      DECIDING    -        -        ANSWERED -    -
      ANSWERED    -        -        -        DONE -
      DONE        -        -        -        -    -
      """;

  private static final Machine<ConnectionState, Event> CONNECTIONS =
      Machine.of(ConnectionState.class, Event.class, ConnectionState::on);
  private static final Machine<RequestState, RequestState.Event> REQUESTS =
      Machine.of(RequestState.class, RequestState.Event.class, RequestState::on);

  @Test
  void everyStateAnswersEveryEventAsTheTableSays() {
    assertThat(CONNECTIONS.next())
        .isEqualTo(Machine.parse(CONNECTION, ConnectionState.class, Event.class));
    assertThat(REQUESTS.next())
        .isEqualTo(Machine.parse(REQUEST, RequestState.class, RequestState.Event.class));
  }

  @Test
  void whatMustHoldHoldsOnEveryWay() {
    assertThat(broken(CONNECTIONS)).isEmpty();
    assertThat(brokenOfRequest(REQUESTS)).isEmpty();
  }

  /** What must hold is looked for and not only written down: each wrong step breaks what it should. */
  @ParameterizedTest
  @CsvSource({
    "OPEN,        GONE,         OPEN,      gone is closed",
    "CLOSED,      INPUT_END,    OPEN,      closed is the end",
    "CLOSED,      DRAIN,        LAST_CALL, no answer behind the last",
    "ENDING,      SENT,         OPEN,      no answer behind the last",
    "LINGERING,   DRAIN,        FINISHING, no answer behind the last",
    "ENDING,      ALL_ANSWERED, ENDING,    one last answer",
    "FINISHING,   ALL_ANSWERED, FINISHING, one last answer",
    "FINISHING,   LAST_REQUEST, OPEN,      no request behind the last",
    "HALF_CLOSED, DRAIN,        LAST_CALL, no request behind the last",
    "SPARE,       REQUEST,      SPARE,     one request of who is beyond the bound",
    "HALF_CLOSED, ALL_ANSWERED, ENDING,    nobody waits for who has shut its side",
    "CLOSING,     SENT,         LINGERING, nobody waits for who has shut its side",
    "LINGERING,   INPUT_END,    LINGERING, each ends by itself",
    "STREAMING,   INPUT_END,    STREAMING, each ends by itself",
    "NEW,         REQUEST,      OPEN,      nothing before the handshake",
  })
  void aWrongStepIsFound(ConnectionState from, Event event, ConnectionState to, String breaks) {
    assertThat(broken(CONNECTIONS.with(from, event, to))).contains(breaks);
  }

  @ParameterizedTest
  @CsvSource({
    "ANSWERED,  ANSWER, ANSWERED, one answer",
    "DONE,      ANSWER, ANSWERED, one answer",
    "ANSWERED,  TURN,   ANSWERED, one turn",
    "DECIDING,  TURN,   DONE,     no turn without an answer",
    "DECIDING,  WHOLE,  DECIDING, decided once",
    "ANSWERED,  WHOLE,  DECIDING, decided once",
    "DECIDING,  CUT,    DONE,     what is asked is answered",
  })
  void aWrongStepOfARequestIsFound(
      RequestState from, RequestState.Event event, RequestState to, String breaks) {
    assertThat(brokenOfRequest(REQUESTS.with(from, event, to))).contains(breaks);
  }

  private static Set<String> broken(Machine<ConnectionState, Event> machine) {
    Set<String> broken = new TreeSet<>();
    for (ConnectionState each : ConnectionState.values()) {
      holds(machine.after(each, Event.GONE) == ConnectionState.CLOSED, "gone is closed", broken);
      boolean begun = each != ConnectionState.NEW;
      Set<ConnectionState> later = machine.reachable(each, event -> true);
      holds(
          !begun || each.answers() || later.stream().noneMatch(ConnectionState::answers),
          "no answer behind the last",
          broken);
      holds(
          !begun || each.takes() || later.stream().noneMatch(ConnectionState::takes),
          "no request behind the last",
          broken);
      ConnectionState last = machine.after(each, Event.ALL_ANSWERED);
      holds(last == null || !machine.happens(last, Event.ALL_ANSWERED), "one last answer", broken);
      ConnectionState shut = machine.after(each, Event.INPUT_END);
      holds(
          shut == null
              || !machine.reachable(shut, event -> true).contains(ConnectionState.LINGERING),
          "nobody waits for who has shut its side",
          broken);
      holds(
          machine.reachable(each, event -> event != Event.GONE).contains(ConnectionState.CLOSED),
          "each ends by itself",
          broken);
    }
    holds(
        machine
            .reachable(ConnectionState.CLOSED, event -> true)
            .equals(Set.of(ConnectionState.CLOSED)),
        "closed is the end",
        broken);
    ConnectionState asked = machine.after(ConnectionState.SPARE, Event.REQUEST);
    holds(
        asked != null && !machine.happens(asked, Event.REQUEST),
        "one request of who is beyond the bound",
        broken);
    holds(
        machine.after(ConnectionState.NEW, Event.REQUEST) == null,
        "nothing before the handshake",
        broken);
    return broken;
  }

  private static Set<String> brokenOfRequest(Machine<RequestState, RequestState.Event> machine) {
    Set<String> broken = new TreeSet<>();
    once(machine, RequestState.Event.ANSWER, "one answer", broken);
    once(machine, RequestState.Event.TURN, "one turn", broken);
    once(machine, RequestState.Event.WHOLE, "decided once", broken);
    for (RequestState each : RequestState.values()) {
      Set<RequestState> unanswered =
          machine.reachable(each, event -> event != RequestState.Event.ANSWER);
      holds(
          each == RequestState.ANSWERED
              || unanswered.stream()
                  .allMatch(state -> machine.after(state, RequestState.Event.TURN) == null),
          "no turn without an answer",
          broken);
      holds(
          each != RequestState.DECIDING || !unanswered.contains(RequestState.DONE),
          "what is asked is answered",
          broken);
    }
    return broken;
  }

  private static void once(
      Machine<RequestState, RequestState.Event> machine,
      RequestState.Event event,
      String name,
      Set<String> broken) {
    for (RequestState each : RequestState.values()) {
      RequestState after = machine.after(each, event);
      holds(after == null || !machine.happens(after, event), name, broken);
    }
  }

  private static void holds(boolean condition, String name, Set<String> broken) {
    if (!condition) {
      broken.add(name);
    }
  }

  /** For each state, the next one for each event that can happen. */
  private record Machine<S extends Enum<S>, E extends Enum<E>>(
      Class<S> states, Map<S, Map<E, S>> next) {

    static <S extends Enum<S>, E extends Enum<E>> Machine<S, E> of(
        Class<S> states, Class<E> events, BiFunction<S, E, S> step) {
      Map<S, Map<E, S>> next = new HashMap<>();
      for (S state : states.getEnumConstants()) {
        next.put(state, new HashMap<>());
        for (E event : events.getEnumConstants()) {
          try {
            next.get(state).put(event, step.apply(state, event));
          } catch (IllegalStateException e) {
            assertThat(e).hasMessageMatching(event + " cannot happen to a .* that is " + state);
          }
        }
      }
      return new Machine<>(states, next);
    }

    static <S extends Enum<S>, E extends Enum<E>> Map<S, Map<E, S>> parse(
        String table, Class<S> states, Class<E> events) {
      List<List<String>> rows =
          table.lines().map(line -> Arrays.asList(line.strip().split(" +"))).toList();
      assertThat(rows).hasSize(1 + states.getEnumConstants().length);
      assertThat(rows.get(0)).hasSize(1 + events.getEnumConstants().length);
      Map<S, Map<E, S>> next = new HashMap<>();
      for (List<String> row : rows.subList(1, rows.size())) {
        S state = Enum.valueOf(states, row.get(0));
        next.put(state, new HashMap<>());
        for (int i = 1; i < row.size(); i++) {
          String to = row.get(i);
          if (!to.equals("-")) {
            E event = Enum.valueOf(events, rows.get(0).get(i));
            next.get(state).put(event, to.equals(".") ? state : Enum.valueOf(states, to));
          }
        }
      }
      return next;
    }

    S after(S state, E event) {
      return next.get(state).get(event);
    }

    Machine<S, E> with(S from, E event, S to) {
      Map<S, Map<E, S>> other = new HashMap<>();
      next.forEach((state, steps) -> other.put(state, new HashMap<>(steps)));
      other.get(from).put(event, to);
      return new Machine<>(states, other);
    }

    /** The state and all that can follow it by these events. */
    Set<S> reachable(S from, Predicate<E> events) {
      Set<S> seen = EnumSet.of(from);
      Deque<S> open = new ArrayDeque<>(seen);
      while (!open.isEmpty()) {
        next.get(open.remove()).forEach((event, to) -> {
          if (events.test(event) && seen.add(to)) {
            open.add(to);
          }
        });
      }
      return seen;
    }

    /** Whether an event can still happen in a state or in one that follows. */
    boolean happens(S from, E event) {
      return reachable(from, any -> true).stream()
          .anyMatch(state -> next.get(state).containsKey(event));
    }
  }
}
