"""The client API, messages, groups, polls, second factors"""

from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('actor_note',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('about_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['about_id'], ['actor.id'], name=op.f('fk_actor_note_about_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_actor_note_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'about_id', name=op.f('pk_actor_note'))
    )
    with op.batch_alter_table('actor_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_actor_note_about_id'), ['about_id'], unique=False)

    op.create_table('featured_tag',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('shown', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_featured_tag_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_featured_tag')),
    sa.UniqueConstraint('account_id', 'name', name=op.f('uq_featured_tag_account_id_name'))
    )
    op.create_table('filter',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('contexts', sa.Text(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_filter_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filter'))
    )
    with op.batch_alter_table('filter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_filter_account_id'), ['account_id'], unique=False)

    op.create_table('followed_tag',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('shown', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_followed_tag_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_followed_tag')),
    sa.UniqueConstraint('account_id', 'name', name=op.f('uq_followed_tag_account_id_name'))
    )
    op.create_table('half_login',
    sa.Column('token_digest', sa.String(), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('challenge', sa.String(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_half_login_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_digest', name=op.f('pk_half_login'))
    )
    with op.batch_alter_table('half_login', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_half_login_account_id'), ['account_id'], unique=False)

    op.create_table('marker',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('timeline', sa.String(), nullable=False),
    sa.Column('last_read_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_marker_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'timeline', name=op.f('pk_marker'))
    )
    op.create_table('notice_permit',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_notice_permit_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_notice_permit_actor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'actor_id', name=op.f('pk_notice_permit'))
    )
    with op.batch_alter_table('notice_permit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_permit_actor_id'), ['actor_id'], unique=False)

    op.create_table('notice_policy',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('not_following', sa.String(), nullable=False),
    sa.Column('not_followers', sa.String(), nullable=False),
    sa.Column('new_accounts', sa.String(), nullable=False),
    sa.Column('private_mentions', sa.String(), nullable=False),
    sa.Column('limited_accounts', sa.String(), nullable=False),
    sa.CheckConstraint("limited_accounts IN ('accept', 'filter', 'drop')", name=op.f('ck_notice_policy_limited_accounts')),
    sa.CheckConstraint("new_accounts IN ('accept', 'filter', 'drop')", name=op.f('ck_notice_policy_new_accounts')),
    sa.CheckConstraint("not_followers IN ('accept', 'filter', 'drop')", name=op.f('ck_notice_policy_not_followers')),
    sa.CheckConstraint("not_following IN ('accept', 'filter', 'drop')", name=op.f('ck_notice_policy_not_following')),
    sa.CheckConstraint("private_mentions IN ('accept', 'filter', 'drop')", name=op.f('ck_notice_policy_private_mentions')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_notice_policy_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_notice_policy'))
    )
    op.create_table('passkey',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('credential_id', sa.String(), nullable=False),
    sa.Column('public_key', sa.String(), nullable=False),
    sa.Column('sign_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_passkey_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkey_account_id'), ['account_id'], unique=False)

    op.create_table('recovery_code',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_recovery_code_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_recovery_code'))
    )
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_code_account_id'), ['account_id'], unique=False)

    op.create_table('scheduled',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('once', sa.String(), nullable=True),
    sa.Column('asked', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'failed')", name=op.f('ck_scheduled_state')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_scheduled_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scheduled')),
    sa.UniqueConstraint('account_id', 'once', name=op.f('uq_scheduled_account_id_once'))
    )
    with op.batch_alter_table('scheduled', schema=None) as batch_op:
        batch_op.create_index('ix_scheduled_account', ['account_id', 'id'], unique=False)

    op.create_table('suggestion_gone',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_suggestion_gone_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_suggestion_gone_actor_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'actor_id', name=op.f('pk_suggestion_gone'))
    )
    op.create_table('totp',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_step', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_totp_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_totp'))
    )
    op.create_table('user_list',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('replies', sa.String(), nullable=False),
    sa.Column('is_exclusive', sa.Boolean(), nullable=False),
    sa.CheckConstraint("replies IN ('followed', 'list', 'none')", name=op.f('ck_user_list_replies')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_user_list_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_list'))
    )
    with op.batch_alter_table('user_list', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_list_account_id'), ['account_id'], unique=False)

    op.create_table('written_host',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('host', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_written_host_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'host', name=op.f('pk_written_host'))
    )
    op.create_table('auth_code',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('redirect_uri', sa.String(), nullable=False),
    sa.Column('scopes', sa.String(), nullable=False),
    sa.Column('challenge', sa.String(), nullable=True),
    sa.Column('may_publish_outside', sa.Boolean(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_auth_code_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_auth_code_application_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['token_id'], ['token.id'], name=op.f('fk_auth_code_token_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_auth_code'))
    )
    with op.batch_alter_table('auth_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_auth_code_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_auth_code_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_auth_code_token_id'), ['token_id'], unique=False)

    op.create_table('filter_keyword',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('filter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('keyword', sa.String(), nullable=False),
    sa.Column('is_whole_word', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['filter_id'], ['filter.id'], name=op.f('fk_filter_keyword_filter_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filter_keyword'))
    )
    with op.batch_alter_table('filter_keyword', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_filter_keyword_filter_id'), ['filter_id'], unique=False)

    op.create_table('list_member',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('list_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_list_member_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['list_id'], ['user_list.id'], name=op.f('fk_list_member_list_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_list_member')),
    sa.UniqueConstraint('list_id', 'actor_id', name=op.f('uq_list_member_list_id_actor_id'))
    )
    with op.batch_alter_table('list_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_list_member_actor_id'), ['actor_id'], unique=False)

    op.create_table('push_subscription',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('login_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('endpoint', sa.Text(), nullable=False),
    sa.Column('point', sa.String(), nullable=False),
    sa.Column('auth', sa.Text(), nullable=False),
    sa.Column('is_standard', sa.Boolean(), nullable=False),
    sa.Column('alerts', sa.Text(), nullable=False),
    sa.Column('policy', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reached_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(), nullable=True),
    sa.CheckConstraint('(token_id IS NULL) <> (login_id IS NULL)', name=op.f('ck_push_subscription_program_or_browser')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_push_subscription_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['login_id'], ['login_session.id'], name=op.f('fk_push_subscription_login_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['token_id'], ['token.id'], name=op.f('fk_push_subscription_token_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_push_subscription')),
    sa.UniqueConstraint('login_id', name=op.f('uq_push_subscription_login_id')),
    sa.UniqueConstraint('token_id', name=op.f('uq_push_subscription_token_id'))
    )
    with op.batch_alter_table('push_subscription', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_push_subscription_account_id'), ['account_id'], unique=False)

    op.create_table('thematic_group',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('circle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('quartier_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('joining', sa.String(), nullable=False),
    sa.Column('admits_neighbours', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("joining IN ('open', 'asked')", name=op.f('ck_thematic_group_joining')),
    sa.CheckConstraint("state IN ('live', 'closed')", name=op.f('ck_thematic_group_state')),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_thematic_group_actor_id')),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_thematic_group_circle_id')),
    sa.ForeignKeyConstraint(['created_by'], ['account.id'], name=op.f('fk_thematic_group_created_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['quartier_id'], ['quartier.id'], name=op.f('fk_thematic_group_quartier_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thematic_group')),
    sa.UniqueConstraint('actor_id', name=op.f('uq_thematic_group_actor_id')),
    sa.UniqueConstraint('circle_id', name=op.f('uq_thematic_group_circle_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_thematic_group_slug'))
    )
    with op.batch_alter_table('thematic_group', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_thematic_group_quartier_id'), ['quartier_id'], unique=False)

    op.create_table('bookmark',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_bookmark_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_bookmark_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bookmark')),
    sa.UniqueConstraint('actor_id', 'post_id', name=op.f('uq_bookmark_actor_id_post_id'))
    )
    with op.batch_alter_table('bookmark', schema=None) as batch_op:
        batch_op.create_index('ix_bookmark_actor', ['actor_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_bookmark_post_id'), ['post_id'], unique=False)

    op.create_table('conversation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('circle_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_conversation_circle_id')),
    sa.ForeignKeyConstraint(['id'], ['post.id'], name=op.f('fk_conversation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation'))
    )
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conversation_circle_id'), ['circle_id'], unique=False)

    op.create_table('filter_post',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('filter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['filter_id'], ['filter.id'], name=op.f('fk_filter_post_filter_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_filter_post_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filter_post'))
    )
    with op.batch_alter_table('filter_post', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_filter_post_filter_id'), ['filter_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_filter_post_post_id'), ['post_id'], unique=False)

    op.create_table('group_seat',
    sa.Column('group_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('keeper', 'member')", name=op.f('ck_group_seat_role')),
    sa.CheckConstraint("state IN ('asked', 'member', 'away', 'removed')", name=op.f('ck_group_seat_state')),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_group_seat_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['group_id'], ['thematic_group.id'], name=op.f('fk_group_seat_group_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('group_id', 'actor_id', name=op.f('pk_group_seat'))
    )
    with op.batch_alter_table('group_seat', schema=None) as batch_op:
        batch_op.create_index('ix_group_seat_actor', ['actor_id', 'state'], unique=False)

    op.create_table('poll',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('is_multiple', sa.Boolean(), nullable=False),
    sa.Column('hides_totals', sa.Boolean(), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('voters', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_poll_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', name=op.f('pk_poll'))
    )
    op.create_table('poll_option',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('votes', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_poll_option_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'position', name=op.f('pk_poll_option'))
    )
    op.create_table('poll_vote',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_poll_vote_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_poll_vote_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'actor_id', 'position', name=op.f('pk_poll_vote'))
    )
    with op.batch_alter_table('poll_vote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_poll_vote_actor_id'), ['actor_id'], unique=False)

    op.create_table('post_tag',
    sa.Column('name', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shown', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_post_tag_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('name', 'post_id', name=op.f('pk_post_tag'))
    )
    with op.batch_alter_table('post_tag', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_tag_post_id'), ['post_id'], unique=False)

    op.create_table('post_words',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_post_words_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', name=op.f('pk_post_words'))
    )

    # The index over the words: FTS5 kept in step by triggers, or GIN (instance/posts/search_ddl.py).
    if op.get_bind().dialect.name == 'sqlite':
        gone = "INSERT INTO post_fts(post_fts, rowid, words) VALUES ('delete', old.post_id, old.words);"
        come = "INSERT INTO post_fts(rowid, words) VALUES (new.post_id, new.words);"
        op.execute(
            "CREATE VIRTUAL TABLE post_fts USING fts5(words, content='post_words', content_rowid='post_id', "
            "tokenize='unicode61 remove_diacritics 2')"
        )
        op.execute(f"CREATE TRIGGER post_fts_insert AFTER INSERT ON post_words BEGIN {come} END")
        op.execute(f"CREATE TRIGGER post_fts_delete AFTER DELETE ON post_words BEGIN {gone} END")
        op.execute(f"CREATE TRIGGER post_fts_update AFTER UPDATE ON post_words BEGIN {gone} {come} END")
    else:
        op.execute("CREATE INDEX post_fts ON post_words USING gin (to_tsvector('simple', words))")
    op.create_table('profile_pin',
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_profile_pin_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_profile_pin_post_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('actor_id', 'post_id', name=op.f('pk_profile_pin'))
    )
    with op.batch_alter_table('profile_pin', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_profile_pin_post_id'), ['post_id'], unique=False)

    op.create_table('quote',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quoted_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('stamp', sa.String(), nullable=True),
    sa.CheckConstraint("state IN ('pending', 'accepted', 'rejected', 'revoked', 'deleted')", name=op.f('ck_quote_state')),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_quote_post_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['quoted_id'], ['post.id'], name=op.f('fk_quote_quoted_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', name=op.f('pk_quote'))
    )
    with op.batch_alter_table('quote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quote_quoted_id'), ['quoted_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quote_stamp'), ['stamp'], unique=False)

    op.create_table('thread_mute',
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('thread_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_thread_mute_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['post.id'], name=op.f('fk_thread_mute_thread_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('actor_id', 'thread_id', name=op.f('pk_thread_mute'))
    )
    with op.batch_alter_table('thread_mute', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_thread_mute_thread_id'), ['thread_id'], unique=False)

    op.create_table('conversation_seat',
    sa.Column('conversation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('actor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('last_post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('is_unread', sa.Boolean(), nullable=False),
    sa.Column('hidden_until', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], name=op.f('fk_conversation_seat_actor_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_conversation_seat_conversation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation_id', 'actor_id', name=op.f('pk_conversation_seat'))
    )
    with op.batch_alter_table('conversation_seat', schema=None) as batch_op:
        batch_op.create_index('ix_conversation_seat_last', ['actor_id', 'last_post_id'], unique=False)

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pushes_words', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('writes_in', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('covers_pictures', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('is_discoverable', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('fields', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('filters_version', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('tags_version', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('groups_version', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('picks_languages', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.add_column(sa.Column('client_id', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('secret_digest', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('redirect_uris', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('scopes', sa.String(), nullable=False, server_default=''))
        batch_op.create_unique_constraint(batch_op.f('uq_application_client_id'), ['client_id'])

    with op.batch_alter_table('follow', schema=None) as batch_op:
        batch_op.add_column(sa.Column('languages', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('is_endorsed', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('media', schema=None) as batch_op:
        batch_op.add_column(sa.Column('blurhash', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('focus_x', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('focus_y', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('spared_until', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('mute', schema=None) as batch_op:
        batch_op.add_column(sa.Column('until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('hides_notices', sa.Boolean(), nullable=False, server_default=sa.true()))

    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_filtered', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index('ix_notification_filtered', ['account_id', 'id'], unique=False, sqlite_where=sa.text('is_filtered'), postgresql_where=sa.text('is_filtered'))

    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.add_column(sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('is_sensitive', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('quote_policy', sa.String(), nullable=False, server_default='public'))
        batch_op.create_index('ix_post_reply', ['reply_to_id'], unique=False, sqlite_where=sa.text('reply_to_id IS NOT NULL'), postgresql_where=sa.text('reply_to_id IS NOT NULL'))

    with op.batch_alter_table('post_edit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('warning', sa.String(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('is_sensitive', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('token', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told_kept_in', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('used_on', sa.Date(), nullable=True))
        batch_op.alter_column('account_id',
               existing_type=sa.INTEGER(),
               nullable=True)



def downgrade() -> None:
    op.execute('DELETE FROM token WHERE account_id IS NULL')  # applications that spoke for themselves
    with op.batch_alter_table('token', schema=None) as batch_op:
        batch_op.alter_column('account_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('used_on')
        batch_op.drop_column('told_kept_in')

    with op.batch_alter_table('post_edit', schema=None) as batch_op:
        batch_op.drop_column('is_sensitive')
        batch_op.drop_column('warning')

    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index('ix_post_reply', sqlite_where=sa.text('reply_to_id IS NOT NULL'), postgresql_where=sa.text('reply_to_id IS NOT NULL'))
        batch_op.drop_column('quote_policy')
        batch_op.drop_column('is_sensitive')
        batch_op.drop_column('application_id')

    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.drop_index('ix_notification_filtered', sqlite_where=sa.text('is_filtered'), postgresql_where=sa.text('is_filtered'))
        batch_op.drop_column('is_filtered')

    with op.batch_alter_table('mute', schema=None) as batch_op:
        batch_op.drop_column('hides_notices')
        batch_op.drop_column('until')

    with op.batch_alter_table('media', schema=None) as batch_op:
        batch_op.drop_column('spared_until')
        batch_op.drop_column('focus_y')
        batch_op.drop_column('focus_x')
        batch_op.drop_column('blurhash')

    with op.batch_alter_table('follow', schema=None) as batch_op:
        batch_op.drop_column('is_endorsed')
        batch_op.drop_column('languages')

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_application_client_id'), type_='unique')
        batch_op.drop_column('scopes')
        batch_op.drop_column('redirect_uris')
        batch_op.drop_column('secret_digest')
        batch_op.drop_column('client_id')

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('picks_languages')
        batch_op.drop_column('groups_version')
        batch_op.drop_column('tags_version')
        batch_op.drop_column('filters_version')
        batch_op.drop_column('fields')
        batch_op.drop_column('is_discoverable')
        batch_op.drop_column('covers_pictures')
        batch_op.drop_column('writes_in')
        batch_op.drop_column('pushes_words')

    with op.batch_alter_table('conversation_seat', schema=None) as batch_op:
        batch_op.drop_index('ix_conversation_seat_last')

    op.drop_table('conversation_seat')
    with op.batch_alter_table('thread_mute', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_thread_mute_thread_id'))

    op.drop_table('thread_mute')
    with op.batch_alter_table('quote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quote_stamp'))
        batch_op.drop_index(batch_op.f('ix_quote_quoted_id'))

    op.drop_table('quote')
    with op.batch_alter_table('profile_pin', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_profile_pin_post_id'))

    op.drop_table('profile_pin')
    op.execute('DROP TABLE post_fts' if op.get_bind().dialect.name == 'sqlite' else 'DROP INDEX post_fts')
    op.drop_table('post_words')
    with op.batch_alter_table('post_tag', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_tag_post_id'))

    op.drop_table('post_tag')
    with op.batch_alter_table('poll_vote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_poll_vote_actor_id'))

    op.drop_table('poll_vote')
    op.drop_table('poll_option')
    op.drop_table('poll')
    with op.batch_alter_table('group_seat', schema=None) as batch_op:
        batch_op.drop_index('ix_group_seat_actor')

    op.drop_table('group_seat')
    with op.batch_alter_table('filter_post', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_filter_post_post_id'))
        batch_op.drop_index(batch_op.f('ix_filter_post_filter_id'))

    op.drop_table('filter_post')
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_conversation_circle_id'))

    op.drop_table('conversation')
    with op.batch_alter_table('bookmark', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bookmark_post_id'))
        batch_op.drop_index('ix_bookmark_actor')

    op.drop_table('bookmark')
    with op.batch_alter_table('thematic_group', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_thematic_group_quartier_id'))

    op.drop_table('thematic_group')
    with op.batch_alter_table('push_subscription', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_push_subscription_account_id'))

    op.drop_table('push_subscription')
    with op.batch_alter_table('list_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_list_member_actor_id'))

    op.drop_table('list_member')
    with op.batch_alter_table('filter_keyword', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_filter_keyword_filter_id'))

    op.drop_table('filter_keyword')
    with op.batch_alter_table('auth_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_auth_code_token_id'))
        batch_op.drop_index(batch_op.f('ix_auth_code_application_id'))
        batch_op.drop_index(batch_op.f('ix_auth_code_account_id'))

    op.drop_table('auth_code')
    op.drop_table('written_host')
    with op.batch_alter_table('user_list', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_list_account_id'))

    op.drop_table('user_list')
    op.drop_table('totp')
    op.drop_table('suggestion_gone')
    with op.batch_alter_table('scheduled', schema=None) as batch_op:
        batch_op.drop_index('ix_scheduled_account')

    op.drop_table('scheduled')
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recovery_code_account_id'))

    op.drop_table('recovery_code')
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passkey_account_id'))

    op.drop_table('passkey')
    op.drop_table('notice_policy')
    with op.batch_alter_table('notice_permit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_permit_actor_id'))

    op.drop_table('notice_permit')
    op.drop_table('marker')
    with op.batch_alter_table('half_login', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_half_login_account_id'))

    op.drop_table('half_login')
    op.drop_table('followed_tag')
    with op.batch_alter_table('filter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_filter_account_id'))

    op.drop_table('filter')
    op.drop_table('featured_tag')
    with op.batch_alter_table('actor_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_actor_note_about_id'))

    op.drop_table('actor_note')
