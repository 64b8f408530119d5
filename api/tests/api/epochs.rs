//! `/v1/epochs`.

use crate::support::Service;
use crate::support::market::at;

#[tokio::test]
async fn an_epoch_shows_its_take_and_pool_once_it_is_final() {
    let service = Service::new();
    let (items, _) = service.walk("/v1/epochs?limit=1").await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["epoch"], at(30) / 86_400);
    assert_eq!(items[0]["ended"], true);
    assert_eq!(items[0]["take"]["tokens"], "2.5");
    assert_eq!(items[0]["pool"]["tokens"], "0.625");
    let (newest, pages) = service.walk("/v1/epochs?limit=1&commitment=confirmed").await;
    assert_eq!((newest.len(), pages), (2, 2));
    assert_eq!(newest[0]["ended"], false);
    let (oldest, _) = service.walk("/v1/epochs?limit=1&commitment=confirmed&order=asc").await;
    assert_eq!(oldest, newest.into_iter().rev().collect::<Vec<_>>());
}
