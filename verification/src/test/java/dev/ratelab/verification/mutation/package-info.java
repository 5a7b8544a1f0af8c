/** Mutation testing: no mutant of the limiters survives unexplained. What it finds is in the module's README. */
@NullMarked
package dev.ratelab.verification.mutation;

import org.jspecify.annotations.NullMarked;
