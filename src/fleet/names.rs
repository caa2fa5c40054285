//! What things are called at the broker. Fleets of different names share one and see nothing of
//! each other.

/// Those who take the work of who compute the same bits.
pub(super) fn takers(proof: &str) -> String {
    format!("w-{proof}")
}

/// The names of a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names(String);

impl Names {
    pub(super) fn of(fleet: &str) -> Self {
        Self(fleet.to_owned())
    }

    /// Where answers go that are for that name alone.
    pub(super) fn inbox(&self, name: &str) -> String {
        format!("_INBOX.{}.{name}", self.0)
    }

    pub(super) fn queue(&self) -> String {
        format!("TF_{}_WORK", self.0)
    }

    pub(super) fn all_work(&self) -> String {
        format!("tf.{}.work.>", self.0)
    }

    /// The work of those who compute the same bits.
    pub(super) fn work_of(&self, proof: &str) -> String {
        format!("tf.{}.work.{proof}.>", self.0)
    }

    /// A chunk.
    pub(super) fn work(&self, proof: &str, gateway: &str, run: &str, ticket: &str) -> String {
        format!("tf.{}.work.{proof}.{gateway}.{run}.{ticket}", self.0)
    }

    /// What a worker says, asks and takes: all that it needs to be allowed.
    pub(super) fn said_by_workers(&self) -> Vec<String> {
        let queue = self.queue();
        vec![
            self.hello(),
            self.beat("*"),
            self.answer("*"),
            self.want("*"),
            format!("$JS.API.CONSUMER.INFO.{queue}.*"),
            format!("$JS.API.CONSUMER.MSG.NEXT.{queue}.*"),
            format!("$JS.ACK.{queue}.>"),
        ]
    }

    pub(super) fn hello(&self) -> String {
        format!("tf.{}.hello", self.0)
    }

    pub(super) fn beat(&self, gateway: &str) -> String {
        format!("tf.{}.beat.{gateway}", self.0)
    }

    pub(super) fn answer(&self, gateway: &str) -> String {
        format!("tf.{}.answer.{gateway}", self.0)
    }

    pub(super) fn want(&self, gateway: &str) -> String {
        format!("tf.{}.want.{gateway}", self.0)
    }
}
