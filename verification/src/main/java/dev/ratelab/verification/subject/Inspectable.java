package dev.ratelab.verification.subject;

import java.util.List;

/** A subject whose stored state can be looked at. */
public interface Inspectable extends VerifiedSubject {
  /** As {@link #decide}, with what each step did to the stored state. */
  List<Footprint> inspect(List<Step> steps);
}
