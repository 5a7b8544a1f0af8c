/** What arrives, at random: scenarios in which limits, edges and instants meet more often than they would by chance. */
@NullMarked
package dev.ratelab.verification.generate;

import org.jspecify.annotations.NullMarked;
