//! From what a caller passes to one value for each parameter: the rules of `ts/core/parameters.ts`,
//! on the thread that knows the statement.

use std::collections::HashMap;

use crate::conn::Parameters;
use crate::error::{Error, Kind, Result};

/// What is wrong with a value. It counts only if the value is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// SQLite cannot store it.
    Unbindable,
    /// It is an object, but neither a plain one nor bytes.
    NotPlain,
    /// It is a bigint of more than 64 bits.
    TooBig,
    /// It is a second plain object.
    SecondObject,
}

/// The values of a plain object.
#[derive(Debug)]
pub struct Named {
    /// How many values without a name stand before it.
    pub at: usize,
    /// The names, in the order of the values, which are the last ones of [`Given::values`].
    pub names: Vec<String>,
}

/// The values of one execution.
#[derive(Debug, Default)]
pub struct Given {
    /// Those without a name, then those of the object.
    pub values: Parameters,
    /// Values that stand as NULL and are none; by position.
    pub faults: Vec<(usize, Fault)>,
    /// The object, if there is one.
    pub named: Option<Named>,
    /// Whether the values stand in the order of the parameters.
    arranged: bool,
}

impl Given {
    /// Puts the values into the order of the parameters.
    ///
    /// # Errors
    ///
    /// What is missing, too much or unfit.
    pub fn arrange(&mut self, parameters: &[Option<String>]) -> Result<()> {
        if !self.arranged {
            if !self.is_in_order(parameters) {
                let order = self.order(parameters)?;
                self.values.arrange(&order);
            }
            self.arranged = true;
        }
        Ok(())
    }

    /// Whether there is a value for each parameter, none of which has a name, and nothing is wrong with it.
    fn is_in_order(&self, parameters: &[Option<String>]) -> bool {
        self.named.is_none()
            && self.faults.is_empty()
            && self.values.values().len() == parameters.len()
            && parameters.iter().all(Option::is_none)
    }

    fn order(&self, parameters: &[Option<String>]) -> Result<Vec<Option<usize>>> {
        let has_names = parameters.iter().any(Option::is_some);
        let named_count = self.named.as_ref().map_or(0, |named| named.names.len());
        let unnamed = self.values.values().len() - named_count;
        let mut order = vec![None; parameters.len()];
        let (mut next, mut filled) = (0, 0);
        for position in 0..=unnamed {
            if let Some(named) = self.named.as_ref().filter(|named| named.at == position)
                && has_names
            {
                filled += self.fill_named(named, unnamed, parameters, &mut order)?;
            }
            if position == unnamed {
                break;
            }
            self.check(position, has_names)?;
            while parameters.get(next).is_some_and(Option::is_some) {
                next += 1;
            }
            let slot = order.get_mut(next).ok_or_else(|| {
                Error::of(Kind::TooManyValues, "more values than parameters were given")
            })?;
            *slot = Some(position);
            next += 1;
            filled += 1;
        }
        if filled == parameters.len() {
            Ok(order)
        } else if has_names && self.named.is_none() {
            Err(Error::of(Kind::NoNamedValues, "named parameters have no values"))
        } else {
            Err(Error::of(Kind::TooFewValues, "fewer values than parameters were given"))
        }
    }

    fn fill_named(
        &self,
        named: &Named,
        first: usize,
        parameters: &[Option<String>],
        order: &mut [Option<usize>],
    ) -> Result<usize> {
        let positions: HashMap<&str, usize> =
            named.names.iter().map(String::as_str).zip(first..).collect();
        let mut filled = 0;
        for (slot, name) in order.iter_mut().zip(parameters) {
            let Some(name) = name else { continue };
            // The prefix is one of `:`, `@`, `$` and `?`.
            let name = name.get(1..).unwrap_or_default();
            let &position =
                positions.get(name).ok_or_else(|| Error::of(Kind::MissingValue, name))?;
            self.check(position, false)?;
            *slot = Some(position);
            filled += 1;
        }
        Ok(filled)
    }

    fn check(&self, position: usize, has_names: bool) -> Result<()> {
        let fault = self.faults.iter().find(|(at, _)| *at == position).map(|(_, fault)| *fault);
        match fault {
            None => Ok(()),
            Some(Fault::TooBig) => Err(Error::of(Kind::TooBig, "the bigint needs over 64 bits")),
            Some(Fault::NotPlain) if has_names => {
                Err(Error::of(Kind::NotPlain, "the object with named values is no plain one"))
            }
            Some(Fault::SecondObject) => {
                Err(Error::of(Kind::TwoObjects, "two objects came with named values"))
            }
            Some(_) => Err(Error::of(Kind::Unbindable, "SQLite cannot store the value")),
        }
    }
}
