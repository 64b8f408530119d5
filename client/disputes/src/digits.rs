//! `tally digits v1`: a small neural network on 8 by 8 pixels, in integers alone, executed neuron by
//! neuron.
//!
//! Three layers of 32, 16 and 10 neurons, each `relu(bias + sum of weight * value) / 64`, cut at 2^20,
//! then the class: the place of the largest of the last ten, the first if several are. Nothing
//! wraps: with weights up to 127, values up to 2^20 and 64 terms a sum stays below 2^34.

use settlement_interface::hash::hashv;

/// Name of the computation; part of every step hash.
pub const NAME: &str = "tally digits v1";
/// Pixels of an input.
pub const PIXELS: usize = 64;
/// Brightest pixel.
pub const BRIGHTEST: i32 = 16;
/// Neurons by layer.
pub const LAYERS: [usize; 3] = [32, 16, 10];
/// Steps of an execution: the input, every neuron, the class.
pub const STEPS: usize = 60;
/// Largest value of a neuron.
const LARGEST: i64 = 1 << 20;

/// The weights, drawn from a seed.
#[derive(Clone, Debug)]
pub struct Model {
    /// By neuron, in the order of steps: bias, then a weight for each value of the layer before.
    neurons: Vec<Neuron>,
    seed: u64,
}

#[derive(Clone, Debug)]
struct Neuron {
    bias: i64,
    weights: Vec<i64>,
    /// Where the layer before begins among all values.
    from: usize,
}

/// Everything computed so far: the pixels, then a value a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(Vec<i32>);

/// SplitMix64 (Steele, Lea, Flood 2014): public, tiny, the same everywhere.
struct Draw(u64);

impl Draw {
    /// A number from -127 to 127.
    fn weight(&mut self) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        i64::try_from(z % 255).unwrap_or(0).saturating_sub(127)
    }
}

impl Model {
    /// The weights of a seed.
    pub fn from_seed(seed: u64) -> Self {
        let mut draw = Draw(seed);
        let mut neurons = Vec::with_capacity(STEPS);
        let (mut from, mut width) = (0usize, PIXELS);
        for layer in LAYERS {
            for _ in 0..layer {
                let bias = draw.weight();
                neurons.push(Neuron { bias, weights: (0..width).map(|_| draw.weight()).collect(), from });
            }
            from = from.saturating_add(width);
            width = layer;
        }
        Self { neurons, seed }
    }

    /// The first state; `None` unless there are 64 pixels from 0 to 16.
    pub fn start(&self, pixels: &[i32]) -> Option<State> {
        let fits = pixels.len() == PIXELS && pixels.iter().all(|pixel| (0..=BRIGHTEST).contains(pixel));
        fits.then(|| State(pixels.to_vec()))
    }

    /// The state after one step more; `None` after the last, or if the state is none of this network.
    pub fn step(&self, state: &State) -> Option<State> {
        let done = state.0.len().checked_sub(PIXELS)?;
        let value = match self.neurons.get(done) {
            Some(neuron) => {
                let inputs = state.0.get(neuron.from..)?;
                let terms = neuron.weights.iter().zip(inputs);
                let sum = terms.into_iter().try_fold(neuron.bias, |sum, (weight, value)| {
                    sum.checked_add(weight.checked_mul(i64::from(*value))?)
                })?;
                i32::try_from((sum.max(0) >> 6).min(LARGEST)).ok()?
            }
            None if done == self.neurons.len() => {
                let last = state.0.iter().rev().take(10).rev().enumerate();
                let best = last.max_by_key(|(place, value)| (**value, std::cmp::Reverse(*place)))?;
                i32::try_from(best.0).ok()?
            }
            None => return None,
        };
        let mut values = state.0.clone();
        values.push(value);
        Some(State(values))
    }

    /// Every value of an execution, from the pixels to the class.
    pub fn run(&self, pixels: &[i32]) -> Option<Vec<i32>> {
        let mut state = self.start(pixels)?;
        while let Some(next) = self.step(&state) {
            state = next;
        }
        Some(state.0)
    }

    /// The same by somebody who flips a bit of the value of one step (of a pixel for step 0) and then
    /// goes on as the network says: what bisection has to find.
    pub fn run_corrupted(&self, pixels: &[i32], step: usize, bit: u32) -> Option<Vec<i32>> {
        let mut state = self.start(pixels)?;
        let flip = |state: &mut State| {
            let value = state.0.last_mut()?;
            *value ^= 1i32.checked_shl(bit)?;
            Some(())
        };
        for at in 0..STEPS {
            if at > 0 {
                state = self.step(&state)?;
            }
            if at == step {
                flip(&mut state)?;
            }
        }
        Some(state.0)
    }

    /// The state after step `index` of an execution that had these values.
    pub fn state(&self, values: &[i32], index: usize) -> Option<State> {
        Some(State(values.get(..PIXELS.checked_add(index)?)?.to_vec()))
    }

    /// Hash of a state: `sha256(name ‖ seed ‖ number of values ‖ values)`, little-endian.
    pub fn hash(&self, state: &State) -> [u8; 32] {
        let values: Vec<u8> = state.0.iter().flat_map(|value| value.to_le_bytes()).collect();
        let count = u64::try_from(state.0.len()).unwrap_or(u64::MAX);
        hashv(&[NAME.as_bytes(), &self.seed.to_le_bytes(), &count.to_le_bytes(), &values])
    }

    /// The step hashes of an execution that had these values; `None` unless it is a whole one.
    pub fn hashes(&self, values: &[i32]) -> Option<Vec<[u8; 32]>> {
        if values.len() != PIXELS.checked_add(STEPS)?.checked_sub(1)? {
            return None;
        }
        (0..STEPS).map(|step| Some(self.hash(&self.state(values, step)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels() -> Vec<i32> {
        (0..64).map(|i| i * 7 % 17).collect()
    }

    #[test]
    fn an_execution_is_the_same_everywhere() {
        let model = Model::from_seed(7);
        let values = model.run(&pixels()).unwrap();
        assert_eq!(values.len(), PIXELS + STEPS - 1);
        assert!((0..10).contains(values.last().unwrap()));
        let hashes = model.hashes(&values).unwrap();
        assert_eq!(hashes.len(), STEPS);
        // Computed by another implementation and written down: a machine that differs cannot take part.
        assert_eq!(hex::encode(hashes[STEPS - 1]), LAST_HASH);
    }

    const LAST_HASH: &str = "0c60159b7d520d6135f2c975ccd1a69f7205bff098654cac2181b390649b0132";

    #[test]
    fn the_largest_values_do_not_overflow_and_the_smallest_are_cut_at_zero() {
        for seed in 0..50 {
            let model = Model::from_seed(seed);
            for pixel in [0, BRIGHTEST] {
                let values = model.run(&[pixel; PIXELS]).unwrap();
                assert!(values.iter().all(|value| (0..=1 << 20).contains(value)));
            }
            let mut extreme = vec![i32::MAX; PIXELS + 58];
            extreme.truncate(PIXELS + 40);
            assert!(model.step(&State(extreme)).is_some());
        }
    }

    #[test]
    fn other_inputs_and_states_are_none() {
        let model = Model::from_seed(7);
        assert!(model.start(&[0; 63]).is_none());
        assert!(model.start(&[17; 64]).is_none());
        assert!(model.start(&[-1; 64]).is_none());
        assert!(model.step(&State(vec![0; PIXELS - 1])).is_none());
        assert!(model.step(&State(vec![0; PIXELS + STEPS - 1])).is_none());
        assert!(model.hashes(&[0; 64]).is_none());
    }
}
