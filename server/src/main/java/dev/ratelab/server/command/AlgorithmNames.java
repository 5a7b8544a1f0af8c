package dev.ratelab.server.command;

import dev.ratelab.limiter.Algorithm;
import java.util.Arrays;
import java.util.Iterator;

/** The algorithms' names, for the help of a command. */
public final class AlgorithmNames implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return Arrays.stream(Algorithm.values()).map(Algorithm::id).iterator();
  }
}
