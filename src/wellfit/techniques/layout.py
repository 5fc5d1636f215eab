"""Names of the places in the arrays that every kernel receives (see `wellfit.numerics.kernel`): clock and sums; and the
seams of the training step.
"""

from __future__ import annotations

# The clock: what changes from update to update.
SEED_KEY = 0
UPDATE = 1  # counted from 0
ROWS = 2  # rows in this batch
MODE = 3  # one of the modes below
TARGETS = 4  # where the batch's targets (rows, target columns) start in `work`
WEIGHTS = 5  # where the batch's row weights (rows,) start in `work`
TARGET_COLUMNS = 6
PARAMETER_COUNT = 7  # length of one optimiser slot
TRAINED = 8  # how many parameters are trained; moving statistics follow
RAW_NUMBERS = 9  # where the batch's raw numbers, codes and densified sparse columns start in `work`
RAW_CODES = 10
RAW_SPARSE = 11
SAMPLING = 12  # SHUFFLED or WITH_REPLACEMENT
DROPS_LAST = 13  # 1: a short last batch of an epoch is left out
GRADIENT_FIRST = 14  # 1: what perturbs the parameters needs the gradient at the plain ones
ATTACKS = 15  # how often the inputs are changed against the network; 0: never
ATTACK = 16  # which of these changes is under way, from 0
TEAM = 17  # address of what the threads that share this member's operations have in common; 0: one thread runs them
PART = 18  # which part of a shared operation is to be done, from 0
LAST_PART = 19  # how many there are, less 1
CLOCK_SIZE = 20

SHUFFLED, WITH_REPLACEMENT = 0, 1

# Modes. Below TRAINING nothing is drawn at random; from DIFFERENTIATING on a gradient is taken; RETRAINING adds to
# nothing: neither to the sums nor to moving statistics.
EVALUATING = 0
PREDICTING = 1  # matrix products in which a row's place in the block cannot be seen
DIFFERENTIATING = 2  # the gradient of the network as it is evaluated
TRAINING = 3
RETRAINING = 4  # the gradient once more, at other parameters or on other inputs: same masks, moments taken anew
DRAWING = 5  # a prediction with masks, which uses moving statistics and adds to nothing

# The seams of the training step at which a program may have operations, in order.
(
    ENCODE_SEAM, AUGMENT_SEAM, TARGET_SEAM, PERTURB_SEAM, FORWARD_SEAM, LOSS_SEAM, ATTACK_SEAM, PENALTY_SEAM,
    CLIP_SEAM, UPDATE_SEAM, CONSTRAIN_SEAM, AVERAGE_SEAM,
) = range(12)  # fmt: skip
SEAMS = 12

# What kernels add up.
LOSS = 0  # sum over rows of weight times loss, in the units that are reported
WEIGHT = 1  # sum of weights
ERROR = 2  # sum over rows of weight times error (wrong class, or squared error in the target's units)
OBJECTIVE = 3  # sum over rows of weight times the loss as minimised
PENALTY = 4  # sum over updates of the penalties
NORM = 5  # norm of the last update's gradient
CLIPPED = 6  # updates clipped
UPDATES = 7  # updates run
# Of several tasks each has sums of its own, and LOSS holds their sum only to be seen when it is not finite.
TASK_SUMS = 8  # where they start
TASK_LOSS, TASK_WEIGHT, TASK_ERROR, TASK_OBJECTIVE, TASK_FACTOR = range(5)  # TASK_WEIGHT: of the labels that are there
TASK_SIZE, MOST_TASKS = 5, 32
SUMS_SIZE = TASK_SUMS + TASK_SIZE * MOST_TASKS
